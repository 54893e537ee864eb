// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/Admission.h"
#include "core/proxy/ProxyServices.h"
#include "core/proxy/UpstreamClient.h"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>

namespace farthing {

class CallMeter;
enum class Framing;
struct ReplyChanges;

/// One client connection: reads requests one after the other, relays each and its reply.
class ProxySession : public std::enable_shared_from_this<ProxySession>
{
public:
    /// With a `refusal` the first request is read, and answered so.
    ProxySession(boost::asio::ip::tcp::socket socket, ProxyServices &services, UpstreamClient &client,
                 std::optional<Refusal> refusal = {});
    boost::asio::awaitable<void> run();
    /// Ends the connection once the call under way, if any, is over.
    void stop();
    /// Breaks off the call under way and ends the connection.
    void giveUp();

private:
    struct Request;

    boost::asio::awaitable<bool> readRequest(Request &request);
    boost::asio::awaitable<bool> answer(Request &request);
    boost::asio::awaitable<bool> forward(Request &request);
    boost::asio::awaitable<bool> relay(const Request &request, UpstreamCall &call, CallMeter &meter,
                                       const ReplyChanges &changes);
    /// Looks at what was received in pieces, between which others have their turn.
    static boost::asio::awaitable<void> look(CallMeter &meter, std::string_view received);
    /// Has another thread read a long reply, for which other calls would have to wait.
    boost::asio::awaitable<void> readElsewhere(CallMeter &meter);
    boost::asio::awaitable<bool> reply(const Request &request, int status, std::string_view contentType,
                                       std::string body);
    boost::asio::awaitable<bool> reply(const Request &request, std::string_view head, std::string_view body);
    /// The reply to a call that is an event but got none from its upstream.
    boost::asio::awaitable<bool> replyFailed(const Request &request, Wire wire, int status,
                                             std::string_view code, std::string_view message,
                                             const CostEvent &event);
    /// Answers where there is something to say and still someone to hear it; ends the connection.
    boost::asio::awaitable<bool> refuse(const std::optional<Refusal> &refusal);
    /// Ends a reply that is not whole so that the client cannot take it for whole.
    boost::asio::awaitable<void> breakOff(Framing framing);
    void awaitClient();
    void watchForHangUp(const std::shared_ptr<UpstreamCall> &call);

    boost::beast::tcp_stream m_stream;
    std::optional<Refusal> m_refusal;
    boost::beast::flat_buffer m_buffer;
    ProxyServices &m_services;
    UpstreamClient &m_client;
    std::weak_ptr<UpstreamCall> m_call;
    bool m_watching = false;
    bool m_clientGone = false;
    bool m_idle = true;
    bool m_stopping = false;
    bool m_givenUp = false;
};

} // namespace farthing
