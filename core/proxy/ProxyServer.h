// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/proxy/ConnectionLimits.h"
#include "core/proxy/ProxyServices.h"
#include "core/proxy/ProxySession.h"
#include "core/proxy/UpstreamClient.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace farthing {

/// Listens and gives each connection a session.
class ProxyServer
{
public:
    ProxyServer(boost::asio::io_context &context, ProxyServices &services);

    /// Binds "127.0.0.1:4141" (port 0: any free one); gives the address it really listens on.
    Result<std::string> listen(const std::string &address);
    /// Serves the listening sockets that were passed to this process, which it takes over; gives the address
    /// of the first. Each must be a TCP socket; the same addresses may be served as by listen().
    Result<std::string> adopt(const std::vector<int> &sockets);
    /// Asks every session to end after the call it has, and accepts no more: those that wait to be accepted
    /// are served once more, but at passed sockets, where they wait for whoever gets these next.
    void stop();
    /// Breaks off what is under way: each call is recorded as such.
    void giveUp();
    [[nodiscard]] std::size_t connections() const { return m_sessions.size(); }

private:
    using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, LoopExecutor>;

    Result<void> mayServe(const boost::asio::ip::tcp::endpoint &address);
    /// A listening socket.
    struct Door
    {
        std::shared_ptr<Acceptor> acceptor;
        bool isPassed = false; ///< it outlives this process
    };

    std::string serveAt(Door door);
    Task<> accept(std::shared_ptr<Acceptor> acceptor);
    void acceptTheRest(Acceptor &acceptor);
    void serve(ClientConnection::Socket socket);

    boost::asio::io_context &m_context;
    ProxyServices &m_services;
    std::vector<Door> m_doors;
    bool m_stopping = false;
    Deadlines m_deadlines;
    std::unique_ptr<UpstreamClient> m_client;
    ConnectionLimits m_limits;
    std::list<std::weak_ptr<ProxySession>> m_sessions;
};

} // namespace farthing
