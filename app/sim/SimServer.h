// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Http.h"
#include "core/base/Result.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace farthing::sim {

/// HTTP/1.1 with keep-alive and chunked streams, one coroutine a connection, on one thread. Memory is
/// bounded: at most 1,024 connections, 64 MiB a request body, and one reply in flight for each connection.
class SimServer
{
public:
    using Handler = std::function<Reply(const HttpCall &)>;

    SimServer(boost::asio::io_context &context, Handler handler);

    /// Listens on "HOST:PORT" (an IP address; port 0 takes a free one) and returns "HOST:PORT" as it became.
    Result<std::string> listen(const std::string &address);

private:
    boost::asio::awaitable<void> acceptLoop();
    boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    boost::asio::ip::tcp::acceptor m_acceptor;
    Handler m_handler;
    std::size_t m_connections = 0;
};

} // namespace farthing::sim
