// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/HeaderList.h"
#include "core/proxy/RequestBody.h"

#include <boost/beast/http/parser.hpp>

namespace farthing {

/// Beast's parser of requests, with the header lines as they came, and only so: Beast's own container puts
/// those of one name together. Trailers are not among them: what follows a body must not pass for a header
/// (RFC 9110 section 6.5.1). What stands beside a chunked body, trailers and the chunks' extensions, is
/// bounded.
class RequestParser final : public boost::beast::http::request_parser<RequestBody>
{
public:
    RequestParser(std::size_t headerBytes, std::uint64_t bodyBytes)
        : m_besideLeft(headerBytes)
    {
        header_limit(static_cast<std::uint32_t>(headerBytes));
        body_limit(bodyBytes);
        m_headers.reserve(usualHeaders);
    }
    [[nodiscard]] const HeaderList &headers() const { return m_headers; }
    HeaderList takeHeaders() { return std::move(m_headers); }
    [[nodiscard]] bool isHttp11() const { return get().version() >= 11; }

private:
    void on_field_impl(boost::beast::http::field, boost::beast::string_view spelling,
                       boost::beast::string_view value, boost::beast::error_code &error) override
    {
        if (is_header_done())
            return countBeside(spelling.size() + value.size(), error);
        m_headers.push_back({std::string(spelling), std::string(value)});
    }

    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view extensions,
                              boost::beast::error_code &error) override
    {
        countBeside(extensions.size(), error);
    }

    void countBeside(std::size_t bytes, boost::beast::error_code &error)
    {
        if (bytes > m_besideLeft)
            error = boost::beast::http::error::header_limit;
        else
            m_besideLeft -= bytes;
    }

    static constexpr std::size_t usualHeaders = 24;

    HeaderList m_headers;
    std::size_t m_besideLeft;
};

} // namespace farthing
