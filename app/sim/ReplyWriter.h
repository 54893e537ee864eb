// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Http.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace farthing::sim {

struct WriteOptions
{
    bool keepAlive = true;
    bool headOnly = false; ///< answering HEAD
};

/// Sends a reply at its own pace, or breaks it as it says. False where the connection must not be used again.
boost::asio::awaitable<bool> writeReply(boost::asio::ip::tcp::socket &socket, const Reply &reply,
                                        WriteOptions options);

} // namespace farthing::sim
