// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ProxySession.h"

#include "core/providers/IncludeUsage.h"
#include "core/providers/WireText.h"
#include "core/proxy/Admission.h"
#include "core/proxy/CallMeter.h"
#include "core/proxy/ControlApi.h"
#include "core/proxy/ProviderError.h"
#include "core/proxy/RefusalReply.h"
#include "core/proxy/ReplyEdit.h"
#include "core/proxy/ReplyHeadText.h"
#include "core/proxy/RequestParser.h"
#include "core/proxy/RequestRouting.h"
#include "core/proxy/TagReader.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace farthing {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

using SteadyClock = std::chrono::steady_clock;
using asio::use_awaitable;

template <std::size_t N>
using Buffers = std::array<asio::const_buffer, N>;

constexpr auto quietly = asio::as_tuple(use_awaitable);
constexpr auto betweenRequests = std::chrono::seconds(90);
constexpr auto breakingOff = std::chrono::seconds(2);
constexpr const char *stoppedReason = "farthingd was stopped before the reply was whole";
constexpr std::size_t pipelinedAtOnce = std::size_t(16) * 1024;
constexpr std::size_t pipelinedAtMost = std::size_t(1024) * 1024;

std::string chunkHead(std::size_t size)
{
    char text[24];
    const int n = std::snprintf(text, sizeof text, "%zx\r\n", size);
    return {text, static_cast<std::size_t>(n)};
}

Refusal tooMuchBuffered(const Limits &limits)
{
    return {503, "too_much_buffered",
            "the requests under way come to more than max_buffered_bytes, " +
                std::to_string(limits.maxBufferedBytes)};
}

void drop(HeaderList &headers, std::string_view name)
{
    std::erase_if(headers, [name](const Header &h) { return sameName(h.name, name); });
}

} // namespace

struct ProxySession::Request
{
    explicit Request(BufferedBytes &all)
        : buffered(all)
    {}

    BufferedBytes::Share buffered; ///< the body
    std::string method;
    std::string target;
    std::string tokenPrefix; ///< "/t/TOKEN", which went before the target
    HeaderList headers;
    std::string body;
    bool hasBody = false;
    bool http11 = true;
    bool keepAlive = true;
    Timestamp time;
    SteadyClock::time_point arrived; ///< its head
    SteadyClock::time_point whole;   ///< its body
};

ProxySession::ProxySession(asio::ip::tcp::socket socket, ProxyServices &services, UpstreamClient &client,
                           std::optional<Refusal> refusal)
    : m_stream(std::move(socket))
    , m_refusal(std::move(refusal))
    , m_services(services)
    , m_client(client)
{
    boost::system::error_code ignored;
    m_stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

void ProxySession::stop()
{
    m_stopping = true;
    if (m_idle)
        m_stream.cancel();
}

void ProxySession::giveUp()
{
    m_stopping = m_givenUp = true;
    m_stream.cancel();
    if (const auto call = m_call.lock())
        call->wake();
}

asio::awaitable<void> ProxySession::run()
{
    const auto self = shared_from_this();
    for (bool open = true; open && !m_stopping;) {
        m_idle = true;
        Request request(m_services.bufferedBytes);
        open = co_await readRequest(request);
        m_idle = false;
        if (open)
            open = co_await answer(request);
        open = open && !m_clientGone;
    }
    boost::system::error_code ignored;
    m_stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

asio::awaitable<bool> ProxySession::readRequest(Request &request)
{
    const Limits limits = m_services.config.get()->limits;
    RequestParser parser;
    parser.header_limit(static_cast<std::uint32_t>(limits.maxHeaderBytes));
    parser.body_limit(limits.maxBodyBytes);
    m_stream.expires_after(betweenRequests);
    auto [headError, headBytes] = co_await http::async_read_header(m_stream, m_buffer, parser, quietly);
    if (headError) {
        co_return co_await refuse(reasonUnread(headError, limits));
    }
    m_idle = false;
    request.arrived = SteadyClock::now();
    request.time = m_services.clock.now();
    const auto &message = parser.get();
    request.http11 = message.version() >= 11;
    request.headers = parser.headers();
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    request.tokenPrefix = takeTokenPrefix(request.target);
    if (m_refusal)
        co_return co_await refuse(m_refusal);
    if (const auto refusal = reasonNotToAdmit(m_services, request.method, request.target, request.tokenPrefix,
                                              request.headers, request.http11))
        co_return co_await refuse(refusal);
    if (beast::iequals(message[http::field::expect], "100-continue") && request.http11) {
        static constexpr std::string_view goOn = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(m_stream, asio::buffer(goOn), quietly);
    }
    m_stream.expires_after(std::chrono::milliseconds(limits.idleTimeoutMs));
    while (!parser.is_done()) {
        auto [bodyError, bodyBytes] = co_await http::async_read_some(m_stream, m_buffer, parser, quietly);
        if (bodyError) {
            co_return co_await refuse(reasonUnread(bodyError, limits));
        }
        if (!request.buffered.grow(parser.get().body().size(), limits.maxBufferedBytes)) {
            ++m_services.counters.limited;
            parser.get().body() = std::string(); // it is not kept while the client hears of it
            request.buffered.release();
            co_return co_await refuse(tooMuchBuffered(limits));
        }
    }
    m_stream.expires_never();
    request.whole = SteadyClock::now();
    request.hasBody = message.has_content_length() || message.chunked();
    request.keepAlive = message.keep_alive();
    request.body = std::move(parser.get().body());
    co_return true;
}

asio::awaitable<bool> ProxySession::refuse(const std::optional<Refusal> &refusal)
{
    if (refusal)
        co_await refuseAndClose(m_stream, m_buffer, *refusal);
    co_return false;
}

asio::awaitable<bool> ProxySession::reply(const Request &request, int status, std::string_view contentType,
                                          std::string body)
{
    const std::string head = ownHeadText(status, contentType, body.size(), request.keepAlive && !m_stopping);
    co_return co_await reply(request, head, body);
}

asio::awaitable<bool> ProxySession::replyFailed(const Request &request, Wire wire, int status,
                                                std::string_view code, std::string_view message,
                                                const CostEvent &event)
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

asio::awaitable<bool> ProxySession::reply(const Request &request, std::string_view head,
                                          std::string_view body)
{
    const auto sent = request.method == "HEAD" ? std::string_view() : body;
    const auto [error, n] =
        co_await asio::async_write(m_stream, Buffers<2>{asio::buffer(head), asio::buffer(sent)}, quietly);
    co_return !error && request.keepAlive;
}

asio::awaitable<bool> ProxySession::answer(Request &request)
{
    const std::string path = request.target.substr(0, request.target.find('?'));
    if (!isControlPath(path))
        co_return co_await forward(request);

    ControlReply answer;
    if (const auto id = eventIdOfPath(path)) {
        auto home = co_await asio::this_coro::executor;
        co_await asio::post(asio::bind_executor(m_services.storeReaders.get_executor(), use_awaitable));
        answer = eventReply(m_services, *id);
        co_await asio::post(asio::bind_executor(home, use_awaitable));
    } else {
        answer = controlReply(m_services, request.method, path);
    }
    co_return co_await reply(request, answer.status, answer.contentType, std::move(answer.body));
}

void ProxySession::watchForHangUp(const std::shared_ptr<UpstreamCall> &call)
{
    m_call = call;
    if (!m_watching)
        awaitClient();
}

/// Readiness to read while a call is under way means more of a pipeline, or the end of the connection. The
/// end can only be seen behind what came before it, so that is taken in, within a bound.
void ProxySession::awaitClient()
{
    m_watching = true;
    m_stream.socket().async_wait(
        asio::ip::tcp::socket::wait_read, [self = weak_from_this()](boost::system::error_code error) {
            const auto session = self.lock();
            if (!session)
                return;
            session->m_watching = false;
            const auto call = session->m_call.lock();
            if (session->m_givenUp || !call)
                return;
            const auto space = session->m_buffer.prepare(pipelinedAtOnce);
            const auto n = error ? 0
                                 : ::recv(session->m_stream.socket().native_handle(), space.data(),
                                          space.size(), MSG_DONTWAIT);
            if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))) {
                session->m_buffer.commit(n > 0 ? static_cast<std::size_t>(n) : 0);
                if (session->m_buffer.size() < pipelinedAtMost)
                    session->awaitClient();
                return;
            }
            session->m_clientGone = true;
            call->wake();
        });
}

/// Where a length or chunks say that more was to come, the end of the connection tells, and what was sent
/// still arrives. Otherwise only a reset does; it discards what the client has not taken yet.
asio::awaitable<void> ProxySession::breakOff(Framing framing)
{
    if (framing != Framing::UntilClose)
        co_return;
    auto &socket = m_stream.socket();
    asio::steady_timer pause(socket.get_executor());
    int unsent = 0;
    for (const auto until = SteadyClock::now() + breakingOff; !m_givenUp && SteadyClock::now() < until;) {
        if (::ioctl(socket.native_handle(), SIOCOUTQ, &unsent) != 0 || unsent == 0)
            break;
        pause.expires_after(std::chrono::milliseconds(10));
        co_await pause.async_wait(quietly);
    }
    boost::system::error_code ignored;
    socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
}

asio::awaitable<bool> ProxySession::forward(Request &request)
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
        !contains(request.headers, "content-encoding"))
        if (auto asking = withIncludeUsage(request.body)) {
            request.body = *std::move(asking);
            changes.hideUsage = true;
        }
    if (changes.any()) {
        drop(upstream.headers, "accept-encoding"); // what is changed in a reply must be readable in it
        upstream.headers.push_back({"Accept-Encoding", "identity"});
    }
    upstream.body = request.body;

    CallMeter meter(m_services, endpoint, std::move(draft), facts, request.arrived,
                    Secrets(request.headers, request.target));
    meter.begin();
    const auto call = m_client.start(upstream, config->limits);
    meter.addOverhead(SteadyClock::now() - request.whole);
    watchForHangUp(call);
    while (!call->hasHead() && !call->ended() && !m_clientGone && !m_givenUp)
        co_await call->wait();

    const bool answered = call->hasHead() && call->head().unclear.empty();
    if (answered && !m_clientGone && !m_givenUp)
        co_return co_await relay(request, *call, meter, changes);
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
    ++m_services.counters.upstreamFailures;
    if (call->hasHead()) {
        const std::string message = "the reply of the upstream '" + routed->upstream.name +
                                    "' has no certain end: " + call->head().unclear;
        meter.finishBroken(502, message, call->head().status < 300);
        co_return co_await replyFailed(request, endpoint.wire, 502, "upstream_invalid_reply", message,
                                       meter.event());
    }
    const int status = call->timedOut() ? 504 : 502;
    meter.finishBroken(status, call->failure(), false);
    const std::string message =
        "the upstream '" + routed->upstream.name + "' did not answer: " + call->failure();
    co_return co_await replyFailed(request, endpoint.wire, status,
                                   call->timedOut() ? "upstream_timeout" : "upstream_unreachable", message,
                                   meter.event());
}

asio::awaitable<void> ProxySession::look(CallMeter &meter, std::string_view received)
{
    while (!received.empty()) {
        const std::string_view piece = received.substr(0, meter.lookedAtOnce());
        meter.look(piece);
        received.remove_prefix(piece.size());
        if (!received.empty())
            co_await asio::post(use_awaitable);
    }
}

asio::awaitable<void> ProxySession::readElsewhere(CallMeter &meter)
{
    auto home = co_await asio::this_coro::executor;
    co_await asio::post(asio::bind_executor(m_services.replyReaders.get_executor(), use_awaitable));
    meter.readAhead();
    co_await asio::post(asio::bind_executor(home, use_awaitable));
}

asio::awaitable<bool> ProxySession::relay(const Request &request, UpstreamCall &call, CallMeter &meter,
                                          const ReplyChanges &changes)
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
                co_await look(meter, received);
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
        const Buffers<5> buffers = {asio::buffer(headText), asio::buffer(size), asio::buffer(visible),
                                    asio::buffer(sizeEnd), asio::buffer(end)};
        meter.addOverhead(SteadyClock::now() - looked);
        if (asio::buffer_size(buffers) > 0) {
            const auto [error, n] = co_await asio::async_write(m_stream, buffers, quietly);
            written = !error;
        }
        headText.clear();
        const auto relayed = SteadyClock::now();
        if (!received.empty() && !lookedFirst) {
            co_await look(meter, received);
            meter.finishIfSeenWhole();
        }
        meter.addOverhead(SteadyClock::now() - relayed);
        if (ended) {
            if (complete)
                co_return written &&framing.keepAlive;
            ++m_services.counters.upstreamFailures;
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
