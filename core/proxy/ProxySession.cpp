// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ProxySession.h"

#include "core/providers/IncludeUsage.h"
#include "core/providers/WireText.h"
#include "core/proxy/BodyCapture.h"
#include "core/proxy/CallMeter.h"
#include "core/proxy/ControlApi.h"
#include "core/proxy/ProviderError.h"
#include "core/proxy/ReplyEdit.h"
#include "core/proxy/ReplyHeadText.h"
#include "core/proxy/RequestReading.h"
#include "core/proxy/RequestRouting.h"
#include "core/proxy/SessionRequest.h"
#include "core/proxy/TagReader.h"
#include "core/proxy/WebSocketTunnel.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>

namespace farthing {

namespace asio = boost::asio;

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto breakingOff = std::chrono::seconds(2);
constexpr const char *stoppedReason = "farthingd was stopped before the reply was whole";

std::string chunkHead(std::size_t size)
{
    char text[24];
    const int n = std::snprintf(text, sizeof text, "%zx\r\n", size);
    return {text, static_cast<std::size_t>(n)};
}

void drop(HeaderViews &headers, std::string_view name)
{
    std::erase_if(headers, [name](const HeaderView &h) { return sameName(h.name, name); });
}

} // namespace

ProxySession::ProxySession(ClientConnection::Socket socket, Deadlines &deadlines, ProxyServices &services,
                           UpstreamClient &client, Refusal refusal)
    : m_client(std::make_shared<ClientConnection>(std::move(socket), deadlines))
    , m_refusal(std::move(refusal))
    , m_services(services)
    , m_upstreams(client)
{}

void ProxySession::stop()
{
    m_stopping = true;
    if (m_idle)
        m_client->hurry();
    if (const auto call = m_call.lock())
        call->wake();
}

void ProxySession::giveUp()
{
    m_stopping = m_givenUp = true;
    m_client->cancel();
    if (const auto call = m_call.lock())
        call->wake();
}

Task<> ProxySession::run()
{
    const auto self = shared_from_this();
    for (bool open = true; open;) {
        m_idle = true;
        Request request;
        open = co_await readRequest(request);
        m_idle = false;
        if (open)
            open = co_await answer(request);
        m_services.bodyBuffers.giveBack(std::move(request.body));
        open = open && !m_clientGone;
    }
    boost::system::error_code ignored;
    m_client->socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

/// All of it, where the client takes it.
Task<bool> ProxySession::send(Pieces &pieces)
{
    if (!m_client->sendNow(pieces))
        co_return false;
    if (pieces.empty())
        co_return true;
    const auto config = m_services.config.get();
    co_return co_await m_client->sendRest(pieces, config->limits.idleTimeout());
}

/// In the form of the provider that was meant, as far as that can be told.
Task<bool> ProxySession::refuse(const Request &request, const Refusal &refusal)
{
    const auto routed = routeRequest(*m_services.config.get(), "", request.target, request.headers);
    if (refusal.status != 0)
        co_await sendRefusal(*m_client, routed ? routed->upstream.wire : Wire::OpenAi, refusal);
    co_return false;
}

/// What the head of a reply promises, and run() keeps: the client may have sent more by then.
bool ProxySession::keepsOpen(const Request &request) const
{
    return request.keepAlive && !m_stopping;
}

Task<bool> ProxySession::reply(const Request &request, int status, std::string_view contentType,
                               std::string body)
{
    const bool keeps = keepsOpen(request);
    const std::string head = ownHeadText(status, contentType, body.size(), keeps);
    co_return co_await reply(request, head, body, keeps);
}

Task<bool> ProxySession::replyFailed(const Request &request, Wire wire, int status, std::string_view code,
                                     std::string_view message, const CostEvent &event)
{
    const std::string body = providerErrorBody(wire, status, code, message);
    ReplyHead head;
    head.status = status;
    head.reason = reasonOf(status);
    head.headers.push_back({"Content-Type", "application/json"});
    head.headers.push_back({"Content-Length", std::to_string(body.size())});
    const ReplyFraming framing =
        framingOf(head, request.method == "HEAD", request.http11, keepsOpen(request), true);
    const std::string headText = replyHeadText(head, framing, event);
    co_return co_await reply(request, headText, body, framing.keepAlive);
}

Task<bool> ProxySession::reply(const Request &request, std::string_view head, std::string_view body,
                               bool keeps)
{
    Pieces pieces{head, request.method == "HEAD" ? std::string_view() : body};
    const bool sent = co_await send(pieces);
    co_return sent &&keeps;
}

Task<bool> ProxySession::answer(Request &request)
{
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (!isControlPath(path))
        co_return co_await forward(request);

    ControlReply answer;
    const ControlRequest control{request.method, path, request.headers, request.body, request.time};
    if (const ControlJob job = controlJob(m_services, control)) {
        co_await asio::post(asio::bind_executor(m_services.storeReaders.get_executor(), asTask));
        answer = job();
        co_await asio::post(asio::bind_executor(m_client->socket().get_executor(), asTask));
    } else {
        answer = controlReply(m_services, request.method, path);
    }
    const bool keeps = keepsOpen(request);
    const std::string head =
        ownHeadText(answer.status, answer.contentType, answer.body.size(), keeps, answer.retryAfterS);
    co_return co_await reply(request, head, answer.body, keeps);
}

/// Where a length or chunks say that more was to come, the end of the connection tells, and what was sent
/// still arrives. Otherwise only a reset does; it discards what the client has not taken yet.
Task<> ProxySession::breakOff(Framing framing)
{
    if (framing != Framing::UntilClose)
        co_return;
    auto &socket = m_client->socket();
    asio::steady_timer pause(socket.get_executor());
    int unsent = 0;
    for (const auto until = SteadyClock::now() + breakingOff; !m_givenUp && SteadyClock::now() < until;) {
        if (::ioctl(socket.native_handle(), SIOCOUTQ, &unsent) != 0 || unsent == 0)
            break;
        pause.expires_after(std::chrono::milliseconds(10));
        co_await pause.async_wait(asio::as_tuple(asTask));
    }
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

void ProxySession::upstreamFailed(const CallMeter &meter, const std::string &why, bool inReply)
{
    ++m_services.counters.upstreamFailures;
    m_services.upstreamFaults.failed(meter.event().provider, why, m_services.clock.now(), inReply);
}

Task<bool> ProxySession::forward(Request &request)
{
    const auto config = m_services.config.get();
    const auto routed = routeRequest(*config, request.method, request.target, request.headers);
    if (!routed)
        co_return co_await reply(
            request, 404, "application/json",
            providerErrorBody(Wire::OpenAi, 404, "unknown_upstream", routed.error().message));
    const Endpoint &endpoint = routed->endpoint;

    CostEvent draft;
    draft.time = request.time;
    draft.eventId = m_services.ids.make(request.time);
    draft.callId = draft.eventId;
    draft.provider = routed->upstream.name;
    draft.endpoint = std::string(endpoint.name());
    draft.instance = m_services.listen;
    RequestFacts facts;
    const bool takesTime = takesTimeToRead(request.headers, request.body);
    if (takesTime)
        co_await asio::post(asio::bind_executor(m_services.bodyReaders.get_executor(), asTask));
    facts = readFacts(endpoint, request.headers, request.body, config->limits.maxBodyBytes,
                      m_services.anatomyKey);
    if (takesTime)
        co_await asio::post(asio::bind_executor(m_client->socket().get_executor(), asTask));
    const bool isWebSocket = request.method == "GET" && !request.hasBody && asksForWebSocket(request.headers);
    if (isWebSocket)
        WebSocketTunnel::describe(draft, facts, endpoint.wire, request.target);
    draft.requestModel = draft.sentModel = draft.listModel = facts.model;
    draft.stream = facts.stream;
    draft.anatomy = facts.anatomy;
    readTags(draft, request.headers, routed->workflow, facts);

    UpstreamRequest upstream{
        request.method, routed->url, headersForUpstream(request.headers), {}, request.hasBody};
    ReplyChanges changes = changesOfLinks(
        *routed, std::string(addressForClient(request.headers, m_services.listen)) + request.tokenPrefix);
    if ((endpoint.kind == EndpointKind::ChatCompletions || endpoint.kind == EndpointKind::Completions) &&
        routed->upstream.includeUsage && facts.stream && !facts.asksForUsage &&
        !contains(request.headers, "content-encoding") && !isSigned(request.headers))
        if (auto asking = withIncludeUsage(request.body)) {
            request.body = *std::move(asking);
            changes.hideUsage = true;
        }
    if (changes.any()) {
        drop(upstream.headers, "accept-encoding"); // what is changed in a reply must be readable in it
        upstream.headers.push_back({"Accept-Encoding", "identity"});
    }
    upstream.body = request.body;

    BodyCapture bodies(m_services.bodies, config->bodies, draft, request.headers, request.body);
    const Secrets secrets(request.headers, request.target);
    CallMeter meter(m_services, endpoint, std::move(draft), facts, request.arrived, secrets);
    meter.begin();
    const auto upgrade = isWebSocket ? m_upstreams.startUpgrade(upstream, config->limits) : nullptr;
    const std::shared_ptr<UpstreamCall> call =
        upgrade ? upgrade : m_upstreams.start(upstream, config->limits);
    meter.addOverhead(SteadyClock::now() - request.whole);
    m_call = call;
    auto watching = m_client->watch([this, &call] {
        m_clientGone = true;
        call->wake();
    });
    while (!call->hasHead() && !call->ended() && !m_clientGone && !m_givenUp)
        co_await call->wait();

    const bool answered = call->hasHead() && call->head().unclear.empty();
    if (answered)
        m_services.upstreamFaults.replyBegan(routed->upstream.name);
    if (answered && upgrade && upgrade->isUpgraded() && !m_clientGone && !m_givenUp) {
        watching.reset();
        WebSocketTunnel tunnel(m_services, m_client, upgrade, meter, secrets, {m_stopping, m_givenUp});
        const bool endsWhole = co_await tunnel.run();
        if (endsWhole)
            m_services.upstreamFaults.replyWasWhole(routed->upstream.name);
        co_await breakOff(endsWhole ? Framing::None : Framing::UntilClose);
        co_return false;
    }
    if (answered && !m_clientGone && !m_givenUp)
        co_return co_await relay(request, config->limits, *call, meter, changes, bodies);
    if (m_clientGone) {
        ++m_services.counters.clientsGone;
        meter.finishBroken(status::clientClosed, "the client went away before the reply began", call->sent());
        co_return false;
    }
    if (m_givenUp) {
        meter.finishBroken(503, stoppedReason, call->sent());
        co_return co_await replyFailed(request, endpoint.wire, 503, "farthingd_stopped", stoppedReason,
                                       meter.event());
    }
    if (call->hasHead()) {
        const std::string message = "the reply of the upstream '" + routed->upstream.name +
                                    "' has no certain end: " + call->head().unclear;
        upstreamFailed(meter, message, false);
        meter.finishBroken(502, message, call->head().status < 300);
        co_return co_await replyFailed(request, endpoint.wire, 502, "upstream_invalid_reply", message,
                                       meter.event());
    }
    const int status = call->timedOut() ? 504 : 502;
    upstreamFailed(meter, call->failure(), false);
    meter.finishBroken(status, call->failure(), call->timedOut() && call->sent());
    const std::string message =
        "the upstream '" + routed->upstream.name + "' did not answer: " + call->failure();
    co_return co_await replyFailed(request, endpoint.wire, status,
                                   call->timedOut() ? "upstream_timeout" : "upstream_unreachable", message,
                                   meter.event());
}

Task<> ProxySession::lookInTurns(CallMeter &meter, std::string_view received)
{
    while (!received.empty()) {
        const std::string_view piece = received.substr(0, meter.lookedAtOnce());
        meter.look(piece);
        received.remove_prefix(piece.size());
        if (!received.empty())
            co_await asio::post(asTask);
    }
}

Task<> ProxySession::readElsewhere(CallMeter &meter)
{
    co_await asio::post(asio::bind_executor(m_services.bodyReaders.get_executor(), asTask));
    meter.readAhead();
    co_await asio::post(asio::bind_executor(m_client->socket().get_executor(), asTask));
}

Task<bool> ProxySession::relay(const Request &request, const Limits &limits, UpstreamCall &call,
                               CallMeter &meter, const ReplyChanges &changes, BodyCapture &bodies)
{
    const ReplyHead &head = call.head();
    const auto edit = ReplyEdit::forReply(changes, head);
    const ReplyFraming framing =
        framingOf(head, request.method == "HEAD", request.http11, keepsOpen(request), edit == nullptr);
    meter.onHead(head, framing.kind != Framing::None);
    bodies.onHead(head.headers);
    std::string headText = replyHeadText(head, framing, meter.event());
    std::string received;
    bool written = true;

    while (written && !m_clientGone && !m_givenUp) {
        const auto began = SteadyClock::now();
        const bool ended = call.ended(); // before taking: what has ended can bring no more
        const bool complete = ended && call.failure().empty();
        call.takeBody(received);
        bool lookedFirst = false;
        if (!received.empty()) {
            meter.onFirstBody();
            lookedFirst = ended || meter.mayComplete(received);
            if (lookedFirst)
                co_await lookInTurns(meter, received);
        }
        const std::string_view visible = edit ? edit->feed(received, ended, complete) : received;
        const auto looked = SteadyClock::now();
        meter.addOverhead(looked - began); // before finish(), which says what it all took
        if ((complete || meter.sawWhole()) && meter.hasMuchToRead())
            co_await readElsewhere(meter);
        if (complete)
            meter.finish();
        else if (lookedFirst)
            meter.finishIfSeenWhole();

        const std::string size =
            framing.kind == Framing::Chunked && !visible.empty() ? chunkHead(visible.size()) : "";
        const std::string_view sizeEnd = size.empty() ? "" : "\r\n";
        const std::string_view end = complete && framing.kind == Framing::Chunked ? "0\r\n\r\n" : "";
        Pieces pieces{headText, size, visible, sizeEnd, end};
        written = m_client->sendNow(pieces);
        meter.addOverhead(SteadyClock::now() - looked);
        if (written && !pieces.empty())
            written = co_await m_client->sendRest(pieces, limits.idleTimeout());
        headText.clear();
        const auto relayed = SteadyClock::now();
        bodies.add(received);
        if (!received.empty() && !lookedFirst) {
            co_await lookInTurns(meter, received);
            meter.finishIfSeenWhole();
        }
        meter.addOverhead(SteadyClock::now() - relayed);
        if (ended) {
            if (complete) {
                m_services.upstreamFaults.replyWasWhole(meter.event().provider);
                co_return written &&framing.keepAlive;
            }
            upstreamFailed(meter, call.failure(), true);
            meter.finishBroken(status::upstreamBroke, call.failure(), true);
            co_await breakOff(framing.kind);
            co_return false;
        }
        co_await call.wait();
    }
    if (m_givenUp) {
        meter.finishBroken(status::proxyDied, stoppedReason, true);
        co_await breakOff(framing.kind);
        co_return false;
    }
    ++m_services.counters.clientsGone;
    meter.finishBroken(status::clientClosed, "the client went away during the reply", true);
    co_return false;
}

} // namespace farthing
