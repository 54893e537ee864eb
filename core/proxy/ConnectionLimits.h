// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/Config.h"

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>

namespace farthing {

/// Counts connections, in all and by client. A client is an address, in IPv6 the network of one (64 bits),
/// and loopback is none: all programs of this machine share it.
class ConnectionLimits
{
public:
    enum class Verdict : std::uint8_t {
        Serve,
        TooMany, ///< of all clients
        TooManyOfClient,
        Close, ///< so many that there is no time for an answer
    };

    /// Counts the connection, whatever becomes of it, until leave().
    Verdict enter(const boost::asio::ip::address &client, const Limits &limits);
    void leave(const boost::asio::ip::address &client);
    [[nodiscard]] std::size_t connections() const { return m_all; }

private:
    std::size_t m_all = 0;
    std::map<boost::asio::ip::address, std::size_t> m_byClient;
};

/// Bytes of request bodies that are in memory, of all calls together.
class BufferedBytes
{
public:
    /// What one request has of them, until it goes.
    class Share
    {
    public:
        explicit Share(BufferedBytes &all)
            : m_all(all)
        {}
        ~Share() { release(); }
        Share(const Share &) = delete;
        Share &operator=(const Share &) = delete;

        /// Now `bytes`; false where all together come to more than `atMost`.
        bool grow(std::uint64_t bytes, std::uint64_t atMost)
        {
            m_all.m_bytes += bytes - m_bytes;
            m_bytes = bytes;
            return m_all.m_bytes <= atMost;
        }
        void release()
        {
            m_all.m_bytes -= m_bytes;
            m_bytes = 0;
        }

    private:
        BufferedBytes &m_all;
        std::uint64_t m_bytes = 0;
    };

    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; }

private:
    std::uint64_t m_bytes = 0;
};

} // namespace farthing
