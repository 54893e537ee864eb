// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/UpstreamClient.h"

#include <boost/beast/http/basic_parser.hpp>

namespace farthing {

/// Beast's parser of replies, with the header lines as they came and the body as it comes.
class UpgradeReplyParser final : public boost::beast::http::basic_parser<false>
{
public:
    explicit UpgradeReplyParser(std::string &body)
        : m_body(body)
    {
        eager(true);
        body_limit(boost::none);
        header_limit(longestHead);
    }
    [[nodiscard]] const ReplyHead &head() const { return m_head; }

private:
    using Error = boost::beast::error_code;
    using Text = boost::beast::string_view;
    static constexpr std::uint32_t longestHead = 256 * 1024;

    void on_request_impl(boost::beast::http::verb, Text, Text, int, Error &) override {}
    void on_response_impl(int status, Text reason, int, Error &error) override
    {
        error = {};
        m_head.status = status;
        m_head.reason = std::string(reason);
    }
    void on_field_impl(boost::beast::http::field, Text name, Text value, Error &error) override
    {
        error = {};
        if (!is_header_done()) // trailers are not passed on
            m_head.headers.push_back({std::string(name), std::string(value)});
    }
    void on_header_impl(Error &error) override { error = {}; }
    void on_body_init_impl(const boost::optional<std::uint64_t> &, Error &error) override { error = {}; }
    std::size_t on_body_impl(Text body, Error &error) override
    {
        error = {};
        m_body.append(body.data(), body.size());
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t, Text, Error &error) override { error = {}; }
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error &error) override
    {
        return on_body_impl(body, error);
    }
    void on_finish_impl(Error &error) override { error = {}; }

    std::string &m_body;
    ReplyHead m_head;
};

} // namespace farthing
