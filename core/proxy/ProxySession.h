// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ClientConnection.h"
#include "core/proxy/ProxyServices.h"
#include "core/proxy/RequestRefusal.h"
#include "core/proxy/UpstreamClient.h"

#include <memory>

namespace farthing {

class BodyCapture;
class CallMeter;
class RequestParser;
enum class Framing;
struct ReplyChanges;

/// One client connection: reads requests one after the other, relays each and its reply.
class ProxySession : public std::enable_shared_from_this<ProxySession>
{
public:
    /// With a `refusal` the first request is read, and answered so.
    ProxySession(ClientConnection::Socket socket, Deadlines &deadlines, ProxyServices &services,
                 UpstreamClient &client, Refusal refusal = {});
    Task<> run();
    /// Ends the connection once the call under way, if any, is over.
    void stop();
    /// Breaks off the call under way and ends the connection.
    void giveUp();

    /// How far a request is read: SmallBody ends where the body is over, or is no small one.
    enum class Part { Head, SmallBody, Body };

private:
    struct Request;

    Task<bool> readRequest(Request &request);
    Task<bool> read(RequestParser &parser, Part part, std::chrono::milliseconds timeout,
                    boost::system::error_code &malformed);
    std::string_view withoutEmptyLine();
    Task<bool> takeRoom(Request &request, std::uint64_t bytes, const Limits &limits);
    Task<bool> answer(Request &request);
    Task<bool> forward(Request &request);
    Task<bool> relay(const Request &request, const Limits &limits, UpstreamCall &call, CallMeter &meter,
                     const ReplyChanges &changes, BodyCapture &bodies);
    /// Looks at what was received in pieces, between which others have their turn.
    static Task<> lookInTurns(CallMeter &meter, std::string_view received);
    /// Has another thread read a long reply, for which other calls would have to wait.
    Task<> readElsewhere(CallMeter &meter);
    Task<bool> reply(const Request &request, int status, std::string_view contentType, std::string body);
    Task<bool> reply(const Request &request, std::string_view head, std::string_view body, bool keeps);
    [[nodiscard]] bool keepsOpen(const Request &request) const;
    /// The reply to a call that is an event but got none from its upstream.
    Task<bool> replyFailed(const Request &request, Wire wire, int status, std::string_view code,
                           std::string_view message, const CostEvent &event);
    Task<bool> refuse(const Request &request, const Refusal &refusal);
    /// Ends a reply that is not whole so that the client cannot take it for whole.
    Task<> breakOff(Framing framing);
    void upstreamFailed(const CallMeter &meter, const std::string &why, bool inReply);
    Task<bool> send(Pieces &pieces);

    std::shared_ptr<ClientConnection> m_client;
    Refusal m_refusal;
    ProxyServices &m_services;
    UpstreamClient &m_upstreams;
    std::weak_ptr<UpstreamCall> m_call;
    bool m_clientGone = false;
    bool m_idle = true;
    bool m_hadEmptyLine = false;
    bool m_stopping = false;
    bool m_givenUp = false;
};

} // namespace farthing
