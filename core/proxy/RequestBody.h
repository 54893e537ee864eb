// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>
#include <cstdint>
#include <string>

namespace farthing {

/// A body as Beast parses it: each byte is written once, to the end of a string.
struct RequestBody
{
    using value_type = std::string;

    class reader
    {
    public:
        template <bool isRequest, class Fields>
        reader(boost::beast::http::header<isRequest, Fields> &, value_type &body)
            : m_body(body)
        {}

        /// Room for what is to come is its owner's to make.
        void init(const boost::optional<std::uint64_t> & /*length*/, boost::beast::error_code &error)
        {
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
};

} // namespace farthing
