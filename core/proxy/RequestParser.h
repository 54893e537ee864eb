// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/HeaderList.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace farthing {

/// Beast's parser of requests, with the header lines as they came, and only so: Beast's own container puts
/// those of one name together. Trailers are not among them: what follows a body must not pass for a header
/// (RFC 9110 section 6.5.1).
class RequestParser final : public boost::beast::http::request_parser<boost::beast::http::string_body>
{
public:
    RequestParser() { m_headers.reserve(usualHeaders); }

    [[nodiscard]] HeaderList &headers() { return m_headers; }
    [[nodiscard]] bool isHttp11() const { return get().version() >= 11; }

private:
    void on_field_impl(boost::beast::http::field, boost::beast::string_view spelling,
                       boost::beast::string_view value, boost::beast::error_code &) override
    {
        if (!is_header_done())
            m_headers.push_back({std::string(spelling), std::string(value)});
    }

    static constexpr std::size_t usualHeaders = 24;

    HeaderList m_headers;
};

} // namespace farthing
