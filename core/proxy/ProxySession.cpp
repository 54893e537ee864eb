// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ProxySession.h"

#include "core/providers/IncludeUsage.h"
#include "core/providers/WireText.h"
#include "core/proxy/Admission.h"
#include "core/proxy/CallMeter.h"
#include "core/proxy/ControlApi.h"
#include "core/proxy/ProviderError.h"
#include "core/proxy/ReplyEdit.h"
#include "core/proxy/ReplyHeadText.h"
#include "core/proxy/RequestParser.h"
#include "core/proxy/RequestRouting.h"
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
namespace http = boost::beast::http;

namespace {

using SteadyClock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr auto betweenRequests = std::chrono::seconds(90);
constexpr auto breakingOff = std::chrono::seconds(2);
constexpr const char *stoppedReason = "farthingd was stopped before the reply was whole";
constexpr std::size_t leastRead = std::size_t(16) * 1024;
constexpr std::size_t mostRead = std::size_t(256) * 1024;
/// Of what cannot be parsed yet, such as a chunk's first line without an end.
constexpr std::size_t unparsedAtMost = std::size_t(1152) * 1024;

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

Milliseconds idleTimeout(const Limits &limits)
{
    return Milliseconds(limits.idleTimeoutMs);
}

} // namespace

struct ProxySession::Request
{
    std::string method;
    std::string target;
    std::string tokenPrefix; ///< "/t/TOKEN", which went before the target
    HeaderList headers;
    std::string body;
    BodyRoom::Share room;
    bool hasBody = false;
    bool http11 = true;
    bool keepAlive = true;
    Timestamp time;
    SteadyClock::time_point arrived; ///< its head
    SteadyClock::time_point whole;   ///< its body
};

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
        m_client->cancel();
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
    for (bool open = true; open && !m_stopping;) {
        m_idle = true;
        Request request;
        open = co_await readRequest(request);
        m_idle = false;
        if (open)
            open = co_await answer(request);
        open = open && !m_clientGone;
    }
    boost::system::error_code ignored;
    m_client->socket().shutdown(asio::socket_base::shutdown_send, ignored);
}

/// Parses what has arrived, and waits for more, until the head, or all of it, is there. `malformed` says why
/// it cannot be; where it is not set, the client went away or was too slow.
Task<bool> ProxySession::read(RequestParser &parser, Part part, Milliseconds timeout,
                              boost::system::error_code &malformed)
{
    parser.eager(part == Part::Body);
    while (part == Part::Head ? !parser.is_header_done() : !parser.is_done()) {
        const auto text = m_client->received();
        malformed = {};
        if (!text.empty())
            m_client->consume(parser.put(asio::buffer(text), malformed));
        if (malformed && malformed != http::error::need_more)
            co_return false;
        if (!text.empty() && !malformed)
            continue;
        malformed = {};
        if (m_client->received().size() >= unparsedAtMost) {
            malformed = http::error::buffer_overflow;
            co_return false;
        }
        const std::uint64_t expected = part == Part::Body ? parser.content_length_remaining().value_or(0) : 0;
        const bool more =
            co_await m_client->receive(std::clamp<std::size_t>(expected, leastRead, mostRead), timeout);
        if (!more)
            co_return false;
    }
    co_return true;
}

Task<bool> ProxySession::readRequest(Request &request)
{
    const auto config = m_services.config.get();
    const Limits &limits = config->limits;
    RequestParser parser(limits.maxHeaderBytes, limits.maxBodyBytes);
    boost::system::error_code malformed;
    const bool hasHead = co_await read(parser, Part::Head, betweenRequests, malformed);
    request.headers = parser.takeHeaders();
    request.target = std::string(parser.get().target());
    request.tokenPrefix = takeTokenPrefix(request.target);
    if (!hasHead) {
        const Refusal unread = refusalOf(malformed, limits);
        co_return co_await refuse(request, unread);
    }
    m_idle = false;
    request.arrived = SteadyClock::now();
    request.time = m_services.clock.now();
    request.http11 = parser.isHttp11();
    const Refusal refusal = m_refusal.status != 0
                                ? m_refusal
                                : reasonNotToAdmit(m_services, request.target, request.tokenPrefix,
                                                   request.headers, request.http11);
    if (refusal.status != 0)
        co_return co_await refuse(request, refusal);
    const std::uint64_t room = parser.chunked() ? limits.maxBodyBytes : parser.content_length().value_or(0);
    if (!m_services.bodyRoom.take(request.room, room, limits.maxBodiesBytes)) {
        co_await m_services.bodyRoom.wait(request.room, room, limits.maxBodiesBytes, idleTimeout(limits));
        const Refusal crowded = noRoom(limits);
        if (!request.room.isHeld()) {
            ++m_services.counters.limited;
            co_return co_await refuse(request, crowded);
        }
    }
    if (request.http11 && sameName(find(request.headers, "expect"), "100-continue")) {
        Pieces goOn{"HTTP/1.1 100 Continue\r\n\r\n"};
        co_await send(goOn);
    }
    const bool isWhole = co_await read(parser, Part::Body, idleTimeout(limits), malformed);
    if (!isWhole) {
        const Refusal unread = refusalOf(malformed, limits);
        co_return co_await refuse(request, unread);
    }
    request.whole = SteadyClock::now();
    request.hasBody = parser.content_length().has_value() || parser.chunked();
    request.keepAlive = parser.keep_alive() && request.http11;
    request.method = std::string(parser.get().method_string());
    request.body = std::move(parser.get().body());
    request.room.shrinkTo(request.body.size());
    co_return true;
}

/// All of it, where the client takes it.
Task<bool> ProxySession::send(Pieces &pieces)
{
    if (!m_client->sendNow(pieces))
        co_return false;
    if (pieces.empty())
        co_return true;
    const auto config = m_services.config.get();
    co_return co_await m_client->sendRest(pieces, idleTimeout(config->limits));
}

/// In the form of the provider that was meant, as far as that can be told.
Task<bool> ProxySession::refuse(const Request &request, const Refusal &refusal)
{
    const auto routed = routeRequest(*m_services.config.get(), "", request.target, request.headers);
    if (refusal.status != 0)
        co_await sendRefusal(*m_client, routed ? routed->upstream.wire : Wire::OpenAi, refusal);
    co_return false;
}

Task<bool> ProxySession::reply(const Request &request, int status, std::string_view contentType,
                               std::string body)
{
    const std::string head = ownHeadText(status, contentType, body.size(), request.keepAlive && !m_stopping);
    co_return co_await reply(request, head, body);
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
        framingOf(head, request.method == "HEAD", request.http11, request.keepAlive && !m_stopping, true);
    const std::string headText = replyHeadText(head, framing, event);
    co_return co_await reply(request, headText, body);
}

Task<bool> ProxySession::reply(const Request &request, std::string_view head, std::string_view body)
{
    Pieces pieces{head, request.method == "HEAD" ? std::string_view() : body};
    const bool sent = co_await send(pieces);
    co_return sent &&request.keepAlive;
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
    const std::string head = ownHeadText(answer.status, answer.contentType, answer.body.size(),
                                         request.keepAlive && !m_stopping, answer.retryAfterS);
    co_return co_await reply(request, head, answer.body);
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

void ProxySession::upstreamFailed(const CallMeter &meter, const std::string &why)
{
    ++m_services.counters.upstreamFailures;
    m_services.upstreamFaults.failed(meter.event().provider, why, m_services.clock.now());
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
    facts.model = endpoint.model;
    if (isWorthReading(endpoint, request.body)) {
        std::string decoded;
        auto decoder = makeContentDecoder(find(request.headers, "content-encoding"));
        const bool encoded = contains(request.headers, "content-encoding");
        if (!encoded || (decoder && (*decoder)->decode(request.body, decoded)))
            if (auto read =
                    farthing::readRequest(endpoint, encoded ? decoded : request.body, m_services.anatomyKey))
                facts = *std::move(read);
    }
    const bool isWebSocket = request.method == "GET" && !request.hasBody && asksForWebSocket(request.headers);
    if (isWebSocket)
        WebSocketTunnel::describe(draft, facts, endpoint.wire, request.target);
    draft.requestModel = draft.sentModel = draft.listModel =
        facts.model.empty() ? endpoint.model : facts.model;
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
        m_services.upstreamFaults.answered(routed->upstream.name);
    if (answered && upgrade && upgrade->isUpgraded() && !m_clientGone && !m_givenUp) {
        watching.reset();
        WebSocketTunnel tunnel(m_services, m_client, upgrade, meter, secrets, {m_stopping, m_givenUp});
        const bool endsWhole = co_await tunnel.run();
        co_await breakOff(endsWhole ? Framing::None : Framing::UntilClose);
        co_return false;
    }
    if (answered && !m_clientGone && !m_givenUp)
        co_return co_await relay(request, config->limits, *call, meter, changes);
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
        upstreamFailed(meter, message);
        meter.finishBroken(502, message, call->head().status < 300);
        co_return co_await replyFailed(request, endpoint.wire, 502, "upstream_invalid_reply", message,
                                       meter.event());
    }
    const int status = call->timedOut() ? 504 : 502;
    upstreamFailed(meter, call->failure());
    meter.finishBroken(status, call->failure(), false);
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
    co_await asio::post(asio::bind_executor(m_services.replyReaders.get_executor(), asTask));
    meter.readAhead();
    co_await asio::post(asio::bind_executor(m_client->socket().get_executor(), asTask));
}

Task<bool> ProxySession::relay(const Request &request, const Limits &limits, UpstreamCall &call,
                               CallMeter &meter, const ReplyChanges &changes)
{
    const ReplyHead &head = call.head();
    const auto edit = ReplyEdit::forReply(changes, head);
    const ReplyFraming framing = framingOf(head, request.method == "HEAD", request.http11,
                                           request.keepAlive && !m_stopping, edit == nullptr);
    meter.onHead(head, framing.kind != Framing::None);
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
            written = co_await m_client->sendRest(pieces, idleTimeout(limits));
        headText.clear();
        const auto relayed = SteadyClock::now();
        if (!received.empty() && !lookedFirst) {
            co_await lookInTurns(meter, received);
            meter.finishIfSeenWhole();
        }
        meter.addOverhead(SteadyClock::now() - relayed);
        if (ended) {
            if (complete)
                co_return written &&framing.keepAlive;
            upstreamFailed(meter, call.failure());
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
