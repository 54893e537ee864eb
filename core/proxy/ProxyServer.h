// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/proxy/ConnectionLimits.h"
#include "core/proxy/ProxyServices.h"
#include "core/proxy/ProxySession.h"
#include "core/proxy/UpstreamClient.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <string>

namespace farthing {

/// Listens and gives each connection a session.
class ProxyServer
{
public:
    ProxyServer(boost::asio::io_context &context, ProxyServices &services);

    /// Binds "127.0.0.1:4141" (port 0: any free one); gives the address it really listens on.
    Result<std::string> listen(const std::string &address);
    /// Stops accepting and asks every session to end after the call it has.
    void stop();
    /// Breaks off what is under way: each call is recorded as such.
    void giveUp();
    [[nodiscard]] std::size_t connections() const { return m_sessions.size(); }

private:
    boost::asio::awaitable<void> accept();
    void serve(boost::asio::ip::tcp::socket socket);

    boost::asio::io_context &m_context;
    ProxyServices &m_services;
    boost::asio::ip::tcp::acceptor m_acceptor;
    std::unique_ptr<UpstreamClient> m_client;
    ConnectionLimits m_limits;
    std::list<std::weak_ptr<ProxySession>> m_sessions;
};

} // namespace farthing
