// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ProxyServer.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <sys/socket.h>

namespace farthing {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto quietly = asio::as_tuple(asTask);

std::string textOf(const tcp::endpoint &bound)
{
    const std::string host = bound.address().to_string();
    return (bound.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(bound.port());
}

Result<tcp::endpoint> parseAddress(const std::string &text)
{
    const Error bad{"'" + text + "' is not an address such as 127.0.0.1:4141"};
    const auto colon = text.rfind(':');
    if (colon == std::string::npos)
        return bad;
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    if (host == "localhost")
        host = "127.0.0.1";
    unsigned short port = 0;
    const char *const end = text.data() + text.size();
    const auto [rest, failed] = std::from_chars(text.data() + colon + 1, end, port);
    boost::system::error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error || failed != std::errc() || rest != end)
        return bad;
    return tcp::endpoint(address, port);
}

Refusal refusalOf(ConnectionLimits::Verdict verdict, const Limits &limits)
{
    if (verdict == ConnectionLimits::Verdict::TooManyOfClient)
        return {429, "too_many_connections",
                "this client has more than max_connections_per_client, " +
                    std::to_string(limits.maxConnectionsPerClient)};
    if (verdict == ConnectionLimits::Verdict::TooMany)
        return {503, "too_many_connections",
                "there are more than max_connections, " + std::to_string(limits.maxConnections)};
    return {};
}

std::string reasonOf(const std::exception_ptr &thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception &exception) {
        return exception.what();
    } catch (...) {
        return "for no reason given";
    }
}

} // namespace

ProxyServer::ProxyServer(asio::io_context &context, ProxyServices &services)
    : m_context(context)
    , m_services(services)
    , m_deadlines(context)
    , m_client(UpstreamClient::create(context, m_deadlines))
{}

Result<void> ProxyServer::mayServe(const tcp::endpoint &address)
{
    if (address.address().is_loopback())
        return {};
    m_services.onLoopback = false;
    if (m_services.token.get())
        return {};
    return Error{"'" + textOf(address) +
                 "' is not a loopback address, and whoever reaches it needs a token, which is missing: "
                 "make one with farthingctl token create"};
}

Result<std::string> ProxyServer::listen(const std::string &address)
{
    const auto endpoint = parseAddress(address);
    if (!endpoint)
        return endpoint.error();
    if (auto allowed = mayServe(*endpoint); !allowed)
        return allowed.error();
    const auto acceptor = std::make_shared<Acceptor>(m_context);
    boost::system::error_code error;
    std::ignore = acceptor->open(endpoint->protocol(), error);
    if (!error)
        std::ignore = acceptor->set_option(asio::socket_base::reuse_address(true), error);
    if (!error)
        std::ignore = acceptor->bind(*endpoint, error);
    if (!error)
        std::ignore = acceptor->listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return Error{error.message(), address};
    return serveAt({acceptor});
}

Result<std::string> ProxyServer::adopt(const std::vector<int> &sockets)
{
    std::vector<std::shared_ptr<Acceptor>> adopted;
    for (const int socket : sockets) {
        const std::string place = "the passed socket " + std::to_string(socket);
        sockaddr_storage address = {};
        socklen_t size = sizeof address;
        int listening = 0;
        socklen_t length = sizeof listening;
        if (::getsockname(socket, reinterpret_cast<sockaddr *>(&address), &size) != 0 ||
            ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 || listening == 0 ||
            (address.ss_family != AF_INET && address.ss_family != AF_INET6))
            return Error{"is no TCP socket that listens", place};
        const auto acceptor = std::make_shared<Acceptor>(m_context);
        boost::system::error_code error;
        std::ignore = acceptor->assign(address.ss_family == AF_INET ? tcp::v4() : tcp::v6(), socket, error);
        const tcp::endpoint bound = error ? tcp::endpoint() : acceptor->local_endpoint(error);
        if (error)
            return Error{error.message(), place};
        if (auto allowed = mayServe(bound); !allowed)
            return allowed.error().at(place);
        adopted.push_back(acceptor);
    }
    std::string first;
    for (const auto &acceptor : adopted)
        if (const std::string bound = serveAt({acceptor, true}); first.empty())
            first = bound;
    return first;
}

std::string ProxyServer::serveAt(Door door)
{
    asio::co_spawn(m_context, accept(door.acceptor), asio::detached);
    m_doors.push_back(std::move(door));
    return textOf(m_doors.back().acceptor->local_endpoint());
}

Task<> ProxyServer::accept(std::shared_ptr<Acceptor> acceptor)
{
    asio::steady_timer pause(m_context);
    while (acceptor->is_open()) {
        auto [error, socket] = co_await acceptor->async_accept(quietly);
        if (!error) {
            serve(std::move(socket));
            continue;
        }
        if (error == asio::error::operation_aborted || !acceptor->is_open())
            co_return;
        // Out of descriptors, most likely: some will be closed in a moment.
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(quietly);
    }
}

void ProxyServer::serve(ClientConnection::Socket socket)
{
    boost::system::error_code ignored;
    const asio::ip::address client = socket.remote_endpoint(ignored).address();
    const Limits limits = m_services.config.get()->limits;
    const auto verdict = m_limits.enter(client, limits);
    m_services.counters.connections = m_limits.connections();
    if (verdict != ConnectionLimits::Verdict::Serve)
        ++m_services.counters.limited;
    if (verdict == ConnectionLimits::Verdict::Close)
        return m_limits.leave(client);
    auto session = std::make_shared<ProxySession>(std::move(socket), m_deadlines, m_services, *m_client,
                                                  refusalOf(verdict, limits));
    const auto place = m_sessions.insert(m_sessions.end(), session);
    if (m_stopping)
        session->stop(); // it was accepted while the others were told
    asio::co_spawn(m_context, session->run(),
                   [this, session, place, client](const std::exception_ptr &thrown) {
                       m_sessions.erase(place);
                       m_limits.leave(client);
                       m_services.counters.connections = m_limits.connections();
                       if (thrown)
                           m_services.logError("a connection was given up: " + reasonOf(thrown));
                   });
}

/// Who waits to be accepted has connected, and may have sent a request.
void ProxyServer::acceptTheRest(Acceptor &acceptor)
{
    boost::system::error_code error;
    std::ignore = acceptor.non_blocking(true, error);
    for (int i = 0; i < asio::socket_base::max_listen_connections && !error; ++i) {
        auto socket = acceptor.accept(error);
        if (!error)
            serve(std::move(socket));
    }
}

void ProxyServer::stop()
{
    m_stopping = true;
    boost::system::error_code ignored;
    for (const Door &door : m_doors) {
        if (!door.isPassed)
            acceptTheRest(*door.acceptor);
        std::ignore = door.acceptor->close(ignored);
    }
    for (const auto &weak : m_sessions)
        if (const auto session = weak.lock())
            session->stop();
}

void ProxyServer::giveUp()
{
    for (const auto &weak : m_sessions)
        if (const auto session = weak.lock())
            session->giveUp();
}

} // namespace farthing
