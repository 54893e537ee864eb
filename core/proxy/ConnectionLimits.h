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

} // namespace farthing
