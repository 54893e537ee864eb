// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/WebSocketTunnel.h"

#include "core/base/PercentDecoding.h"
#include "core/model/endpoints.h"
#include "core/proxy/ReplyHeadText.h"

#include <array>
#include <boost/asio/post.hpp>
#include <random>
#include <sys/socket.h>

namespace farthing {

namespace asio = boost::asio;

namespace {

constexpr std::size_t atOnce = std::size_t(64) * 1024;
constexpr std::size_t inflatedAtOnce = std::size_t(4) * 1024; ///< it may stand for a thousand times as much
constexpr int roundsAtOnce = 8;
constexpr auto closingAtMost = std::chrono::seconds(5);
constexpr auto closingAtAStop = std::chrono::seconds(1);
constexpr std::string_view goingAway("\x88\x02\x03\xe9", 4); ///< a Close frame with 1001

std::string maskedGoingAway()
{
    const auto mask = static_cast<std::uint32_t>(std::random_device{}());
    std::string frame("\x88\x82", 2);
    for (int i = 0; i < 4; ++i)
        frame += static_cast<char>(mask >> (8 * i));
    for (std::size_t i = 0; i < 2; ++i)
        frame += static_cast<char>(goingAway[2 + i] ^ frame[2 + i]);
    return frame;
}

std::string saying(const char *who, const WebSocketReader &reader)
{
    const std::string code = reader.closeCode() != 0 ? " (" + std::to_string(reader.closeCode()) + ")" : "";
    return std::string(who) + " closed the connection" + code;
}

} // namespace

bool asksForWebSocket(const HeaderList &headers)
{
    return hasToken(headers, "upgrade", "websocket") && hasToken(headers, "connection", "upgrade") &&
           contains(headers, "sec-websocket-key");
}

/// The client's socket, whose first bytes may have come together with its request.
class WebSocketTunnel::ClientEnd final : public ByteEnd, public std::enable_shared_from_this<ClientEnd>
{
public:
    ClientEnd(std::shared_ptr<ClientConnection> client, std::weak_ptr<UpstreamCall> call)
        : m_client(std::move(client))
        , m_call(std::move(call))
    {}

    Done read(char *into, std::size_t atMost) override
    {
        if (const std::string_view early = m_client->received().substr(0, atMost); !early.empty()) {
            early.copy(into, early.size());
            m_client->consume(early.size());
            return {State::Open, early.size()};
        }
        const auto n = ::recv(m_client->socket().native_handle(), into, atMost, MSG_DONTWAIT);
        if (n < 0)
            return {shouldTryAgain() ? State::Blocked : State::Broken, 0};
        return {n == 0 ? State::Ended : State::Open, static_cast<std::size_t>(n)};
    }
    Done write(std::string_view bytes) override
    {
        const auto n = ::send(m_client->socket().native_handle(), bytes.data(), bytes.size(),
                              MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return {shouldTryAgain() ? State::Blocked : State::Broken, 0};
        return {State::Open, static_cast<std::size_t>(n)};
    }
    void awaitReadable() override { await(ClientConnection::Socket::wait_read, &ClientEnd::m_waitsRead); }
    void awaitWritable() override { await(ClientConnection::Socket::wait_write, &ClientEnd::m_waitsWrite); }

private:
    static bool shouldTryAgain() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

    void await(ClientConnection::Socket::wait_type what, bool ClientEnd::*waits)
    {
        if (std::exchange(this->*waits, true))
            return;
        m_client->socket().async_wait(what, [weak = weak_from_this(), waits](boost::system::error_code) {
            const auto self = weak.lock();
            if (!self)
                return;
            (*self).*waits = false;
            if (const auto call = self->m_call.lock())
                call->wake();
        });
    }

    std::shared_ptr<ClientConnection> m_client;
    std::weak_ptr<UpstreamCall> m_call;
    bool m_waitsRead = false;
    bool m_waitsWrite = false;
};

void WebSocketTunnel::describe(CostEvent &draft, RequestFacts &facts, Wire wire, std::string_view target)
{
    draft.endpoint = std::string(wire == Wire::OpenAi ? endpoint::realtime : endpoint::webSocket);
    std::string_view query = target.substr(std::min(target.find('?'), target.size()));
    while (!query.empty()) {
        query.remove_prefix(1);
        const std::string_view member = query.substr(0, query.find('&'));
        query.remove_prefix(member.size());
        for (const std::string_view name : {"model=", "deployment="})
            if (member.starts_with(name))
                facts.model = percentDecoded(member.substr(name.size()));
    }
}

WebSocketTunnel::WebSocketTunnel(ProxyServices &services, std::shared_ptr<ClientConnection> client,
                                 std::shared_ptr<UpgradeCall> upstream, CallMeter &handshake,
                                 const Secrets &secrets, Orders orders)
    : m_services(services)
    , m_clientConnection(std::move(client))
    , m_upstream(std::move(upstream))
    , m_client(std::make_shared<ClientEnd>(m_clientConnection, m_upstream))
    , m_handshake(handshake)
    , m_orders(orders)
    , m_deflate(MessageDeflate::read(listed(m_upstream->head().headers, "sec-websocket-extensions"), true))
    , m_toUpstream{*m_client, *m_upstream, WebSocketReader(m_deflate)}
    , m_toClient{*m_upstream, *m_client,
                 WebSocketReader(m_deflate, handshake.event().endpoint == endpoint::realtime
                                                ? &m_meter.emplace(services, handshake.event(), secrets)
                                                : nullptr)}
    , m_timer(m_clientConnection->socket().get_executor())
    , m_silence(services.config.get()->limits.webSocketIdleTimeoutMs)
    , m_stall(services.config.get()->limits.idleTimeout())
{
    boost::system::error_code ignored;
    m_clientConnection->socket().set_option(asio::socket_base::keep_alive(true), ignored);
}

Task<bool> WebSocketTunnel::run()
{
    m_handshake.onHead(m_upstream->head(), false);
    std::string head = replyHeadText(m_upstream->head(), {}, m_handshake.event());
    head.insert(head.size() - 2, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
    Pieces pieces{head};
    const bool isThere = co_await m_clientConnection->sendRest(pieces, m_stall);
    Verdict verdict = isThere ? Verdict::GoOn : clientIsGone("went away");
    for (int rounds = 0; verdict == Verdict::GoOn;) {
        const bool up = co_await pass(m_toUpstream);
        const bool down = co_await pass(m_toClient);
        if (up || down) {
            m_lastMoved = Clock::now();
            if (++rounds % roundsAtOnce == 0)
                co_await asio::post(asTask);
            continue;
        }
        verdict = judge();
        if (verdict != Verdict::GoOn)
            break;
        await(m_toUpstream);
        await(m_toClient);
        if (const auto at = due(); at < m_armedUntil || Clock::now() >= m_armedUntil) {
            m_armedUntil = at;
            m_timer.expires_at(m_armedUntil);
            m_timer.async_wait([call = std::weak_ptr<UpstreamCall>(m_upstream)](boost::system::error_code) {
                if (const auto woken = call.lock())
                    woken->wake();
            });
        }
        co_await m_upstream->wait();
    }
    m_timer.cancel();
    if (verdict == Verdict::EndsWhole)
        co_await hearOut();
    co_return verdict == Verdict::EndsWhole;
}

/// True where anything moved.
Task<bool> WebSocketTunnel::pass(Direction &direction)
{
    bool moved = false;
    if (direction.pending.empty() && !direction.isOver() && !direction.isRefused) {
        static thread_local std::array<char, atOnce> piece;
        const ByteEnd::Done done = direction.from.read(piece.data(), piece.size());
        direction.state = done.state;
        if (done.state == ByteEnd::State::Open) {
            moved = true;
            direction.pending.assign(piece.data(), done.bytes);
            direction.sent = 0;
            co_await look(direction);
        }
    }
    if (!direction.pending.empty() && !direction.isRefused) {
        const auto done = direction.to.write(std::string_view(direction.pending).substr(direction.sent));
        direction.sent += done.bytes;
        moved = moved || done.bytes > 0;
        direction.isRefused = done.state == ByteEnd::State::Broken;
        if (direction.sent == direction.pending.size())
            direction.pending.clear();
    }
    co_return moved;
}

/// Before it is passed on: what ends a response is in the journal when the client sees it.
Task<> WebSocketTunnel::look(Direction &direction)
{
    const bool wasRead = direction.reader.error().empty();
    std::string_view left = direction.pending;
    while (!left.empty()) {
        const std::string_view piece =
            left.substr(0, m_deflate.agreed && &direction == &m_toClient ? inflatedAtOnce : left.npos);
        direction.reader.feed(piece);
        left.remove_prefix(piece.size());
        if (!left.empty())
            co_await asio::post(asTask);
    }
    if (m_toUpstream.reader.isClosed() != m_toClient.reader.isClosed() && !m_closingSince) {
        m_closingSince = Clock::now();
        // What the upstream has sent before it heard of a client's farewell still comes.
        if (m_toUpstream.reader.isClosed())
            m_farewell = saying("the client", m_toUpstream.reader);
        else
            breakOff(status::upstreamBroke, saying("the upstream", m_toClient.reader));
    }
    if (wasRead && !direction.reader.error().empty() && &direction == &m_toClient && m_meter) {
        m_services.logError("a WebSocket of the upstream '" + m_handshake.event().provider +
                            "' is not read any further: " + direction.reader.error());
        breakOff(status::upstreamBroke, direction.reader.error());
    }
}

/// No response goes on. Whose client had said farewell, it was the client's doing.
void WebSocketTunnel::breakOff(int status, const std::string &why)
{
    if (m_meter)
        m_meter->breakOff(m_farewell ? status::clientClosed : status, m_farewell.value_or(why));
}

WebSocketTunnel::Clock::time_point WebSocketTunnel::due() const
{
    const bool waits = !m_toUpstream.pending.empty() || !m_toClient.pending.empty();
    const auto idle = m_lastMoved + (waits ? m_stall : m_silence);
    return m_closingSince || m_toUpstream.isRefused ? std::min(idle, m_lastMoved + closingAtMost) : idle;
}

WebSocketTunnel::Verdict WebSocketTunnel::judge()
{
    if (m_orders.giveUp)
        return goAway(status::proxyDied, "farthingd was stopped before the response was done");
    if (m_toClient.isRefused || m_toUpstream.state == ByteEnd::State::Broken)
        return clientIsGone("went away");
    if (m_toClient.isOver() && m_toClient.pending.empty())
        return upstreamIsGone();
    if (m_toUpstream.state == ByteEnd::State::Ended && m_toUpstream.pending.empty() &&
        !m_toUpstream.reader.isClosed())
        return clientIsGone("ended the connection");
    if (m_orders.stop && (!m_meter || !m_meter->hasOpenResponse()) && m_toClient.mayInsert() &&
        m_toUpstream.mayInsert())
        return goAway(status::proxyDied, {});
    if (Clock::now() < due())
        return Verdict::GoOn;
    if (!m_toClient.pending.empty())
        return clientIsGone("took nothing");
    return goAway(status::upstreamBroke, "the connection fell silent");
}

WebSocketTunnel::Verdict WebSocketTunnel::clientIsGone(const std::string &how)
{
    ++m_services.counters.clientsGone;
    breakOff(status::clientClosed, "the client " + how);
    if (m_toUpstream.state != ByteEnd::State::Ended)
        m_upstream->reset();
    return Verdict::Breaks;
}

WebSocketTunnel::Verdict WebSocketTunnel::upstreamIsGone()
{
    const bool isWhole = m_toClient.state == ByteEnd::State::Ended || m_toClient.reader.isClosed();
    const std::string why =
        isWhole ? "the upstream ended the connection" : "the upstream broke off the connection";
    breakOff(status::upstreamBroke, why);
    if (!isWhole) {
        ++m_services.counters.upstreamFailures;
        m_services.upstreamFaults.failed(m_handshake.event().provider, why, m_services.clock.now(), true);
    }
    return isWhole ? Verdict::EndsWhole : Verdict::Breaks;
}

WebSocketTunnel::Verdict WebSocketTunnel::goAway(int status, const std::string &why)
{
    breakOff(status, why);
    if (m_toUpstream.mayInsert())
        m_upstream->write(maskedGoingAway());
    if (!m_toClient.mayInsert())
        return Verdict::Breaks;
    m_client->write(goingAway);
    return Verdict::EndsWhole;
}

void WebSocketTunnel::await(Direction &direction)
{
    if (direction.isRefused)
        return;
    if (!direction.pending.empty())
        return direction.to.awaitWritable();
    direction.pending = {}; // of a thousand connections, each has a buffer only while it waits for the other
    if (!direction.isOver())
        direction.from.awaitReadable();
}

/// Closing upon bytes that were not read would reset the connection before the client has read the last.
Task<> WebSocketTunnel::hearOut()
{
    boost::system::error_code ignored;
    m_clientConnection->socket().shutdown(asio::socket_base::shutdown_send, ignored);
    const auto until = Clock::now() + (m_orders.stop ? closingAtAStop : closingAtMost);
    for (bool isThere = m_toUpstream.state != ByteEnd::State::Ended; isThere && !m_orders.giveUp;) {
        m_clientConnection->consume(m_clientConnection->received().size());
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
        isThere = left.count() > 0;
        if (isThere)
            isThere = co_await m_clientConnection->receive(atOnce, left);
    }
}

} // namespace farthing
