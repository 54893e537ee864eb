// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/HeaderList.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace farthing {

/// Beast's parser of requests, with the header lines as they came: Beast's own container puts those of one
/// name together. Trailers are not among them: what follows a body must not pass for a header (RFC 9110
/// section 6.5.1).
class RequestParser final : public boost::beast::http::request_parser<boost::beast::http::string_body>
{
public:
    [[nodiscard]] const HeaderList &headers() const { return m_headers; }

private:
    void on_field_impl(boost::beast::http::field name, boost::beast::string_view spelling,
                       boost::beast::string_view value, boost::beast::error_code &) override
    {
        if (is_header_done())
            return;
        get().insert(name, spelling, value);
        m_headers.push_back({std::string(spelling), std::string(value)});
    }

    HeaderList m_headers;
};

} // namespace farthing
