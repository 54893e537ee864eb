// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>

namespace farthing {

/// A body as Beast parses it into a string: each byte is written once, and there is room behind it for what
/// who reads it as JSON appends (PaddedText).
class RequestBody
{
public:
    using value_type = std::string;

    /// Makes room for a body of at most `bytes`, as addresses: memory is taken as the body comes. A larger one
    /// than any that is usual finds more room as it grows.
    static void reserve(value_type &body, std::uint64_t bytes)
    {
        body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(bytes, reservedAtMost)) + behind);
    }

    class reader
    {
    public:
        template <bool isRequest, class Fields>
        reader(boost::beast::http::header<isRequest, Fields> &, value_type &body)
            : m_body(body)
        {}

        /// The parser has compared the length with its limit.
        void init(const boost::optional<std::uint64_t> &length, boost::beast::error_code &error)
        {
            if (length)
                reserve(m_body, *length);
            error = {};
        }

        template <class ConstBufferSequence>
        std::size_t put(const ConstBufferSequence &buffers, boost::beast::error_code &error)
        {
            const std::size_t before = m_body.size();
            for (const auto buffer : boost::beast::buffers_range_ref(buffers))
                m_body.append(static_cast<const char *>(buffer.data()), buffer.size());
            error = {};
            return m_body.size() - before;
        }

        void finish(boost::beast::error_code &error) { error = {}; }

    private:
        value_type &m_body;
    };

private:
    static constexpr std::size_t behind = 64;
    static constexpr std::uint64_t reservedAtMost = 64ULL * 1024 * 1024;
};

} // namespace farthing
