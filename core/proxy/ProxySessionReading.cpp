// SPDX-License-Identifier: GPL-3.0-or-later
// How a session receives its requests.
#include "core/proxy/Admission.h"
#include "core/proxy/ProxySession.h"
#include "core/proxy/RequestParser.h"
#include "core/proxy/SessionRequest.h"

#include <algorithm>

namespace farthing {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto betweenRequests = std::chrono::seconds(90);
/// For the rest of a head that had begun to come.
constexpr auto whileStopping = std::chrono::seconds(1);
/// Of what is larger, the memory is counted, and waited for.
constexpr std::uint64_t smallBody = std::uint64_t(1024) * 1024;
constexpr std::size_t leastRead = std::size_t(16) * 1024;
constexpr std::size_t mostRead = std::size_t(256) * 1024;
/// Of what cannot be parsed yet, such as a chunk's first line without an end.
constexpr std::size_t unparsedAtMost = std::size_t(1152) * 1024;

/// For a body of at most `bytes`, and what who reads it as JSON appends (PaddedText). Addresses, not yet
/// memory; a body that is larger than any usual one finds more as it grows.
std::size_t roomFor(std::uint64_t bytes)
{
    constexpr std::uint64_t most = 64ULL * 1024 * 1024;
    constexpr std::size_t behind = 64;
    return static_cast<std::size_t>(std::min(bytes, most)) + behind;
}

/// Whether as much of a request has been parsed as is asked for.
bool isThere(const RequestParser &parser, ProxySession::Part part)
{
    switch (part) {
    case ProxySession::Part::Head:
        return parser.is_header_done();
    case ProxySession::Part::SmallBody:
        return parser.is_done() || parser.get().body().size() > smallBody;
    case ProxySession::Part::Body:
        break;
    }
    return parser.is_done();
}

} // namespace

/// What has arrived; one empty line before a request's first is ignored (RFC 9112 section 2.2).
std::string_view ProxySession::withoutEmptyLine()
{
    if (m_client->received().starts_with("\r\n") && !std::exchange(m_hadEmptyLine, true))
        m_client->consume(2);
    const auto text = m_client->received();
    return text == "\r" && !m_hadEmptyLine ? std::string_view() : text;
}

/// Parses what has arrived, and waits for more, until the part of it that is asked for is there. `malformed`
/// says why it cannot be; where it is not set, the client went away or was too slow.
Task<bool> ProxySession::read(RequestParser &parser, Part part, std::chrono::milliseconds timeout,
                              boost::system::error_code &malformed)
{
    parser.eager(part != Part::Head);
    while (!isThere(parser, part)) {
        const auto text =
            part == Part::Head && !parser.got_some() ? withoutEmptyLine() : m_client->received();
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
        const std::uint64_t expected = part == Part::Head ? 0 : parser.content_length_remaining().value_or(0);
        const bool more =
            co_await m_client->receive(std::clamp<std::size_t>(expected, leastRead, mostRead),
                                       part == Part::Head && m_stopping ? whileStopping : timeout);
        if (!more)
            co_return false;
    }
    co_return true;
}

Task<bool> ProxySession::readRequest(Request &request)
{
    if (m_client->received().empty()) {
        if (m_stopping)
            m_client->hurry();
        const bool more = co_await m_client->receive(leastRead, betweenRequests);
        if (!more)
            co_return false;
    }
    const auto config = m_services.config.get();
    const Limits &limits = config->limits;
    RequestParser parser(limits.maxHeaderBytes, limits.maxBodyBytes);
    m_hadEmptyLine = false;
    boost::system::error_code malformed;
    const bool hasHead = co_await read(parser, Part::Head, betweenRequests, malformed);
    m_idle = false;
    request.headers = parser.takeHeaders();
    request.target = std::string(parser.get().target());
    takeOwnOrigin(m_services, *m_client, request.target);
    request.tokenPrefix = takeTokenPrefix(request.target);
    if (!hasHead) {
        const Refusal unread = refusalOf(malformed, limits);
        co_return co_await refuse(request, unread);
    }
    request.arrived = std::chrono::steady_clock::now();
    request.time = m_services.clock.now();
    request.http11 = parser.isHttp11();
    const Refusal refusal = m_refusal.status != 0
                                ? m_refusal
                                : reasonNotToAdmit(m_services, request.target, request.tokenPrefix,
                                                   request.headers, request.http11);
    if (refusal.status != 0)
        co_return co_await refuse(request, refusal);
    bool hasRoom = co_await takeRoom(request, parser.content_length().value_or(0), limits);
    if (!hasRoom)
        co_return false;
    if (request.http11 && sameName(find(request.headers, "expect"), "100-continue")) {
        Pieces goOn{"HTTP/1.1 100 Continue\r\n\r\n"};
        co_await send(goOn);
    }
    if (const auto length = parser.content_length())
        parser.get().body() = m_services.bodyBuffers.take(roomFor(*length));
    bool isWhole = co_await read(parser, Part::SmallBody, limits.idleTimeout(), malformed);
    if (isWhole && !parser.is_done()) {
        hasRoom = co_await takeRoom(request, limits.maxBodyBytes, limits);
        if (!hasRoom)
            co_return false;
        if (parser.chunked())
            parser.get().body().reserve(roomFor(limits.maxBodyBytes));
        isWhole = co_await read(parser, Part::Body, limits.idleTimeout(), malformed);
    }
    if (!isWhole) {
        const Refusal unread = refusalOf(malformed, limits);
        co_return co_await refuse(request, unread);
    }
    request.whole = std::chrono::steady_clock::now();
    request.hasBody = parser.content_length().has_value() || parser.chunked();
    request.keepAlive = parser.keep_alive() && request.http11;
    request.method = std::string(parser.get().method_string());
    request.body = std::move(parser.get().body());
    request.room.shrinkTo(request.body.size());
    co_return true;
}

/// Small bodies need none: whoever waits with a large one does not keep them waiting. False: the client was
/// told that there is none.
Task<bool> ProxySession::takeRoom(Request &request, std::uint64_t bytes, const Limits &limits)
{
    if (bytes <= smallBody || request.room.isHeld() ||
        m_services.bodyRoom.take(request.room, bytes, limits.maxBodiesBytes))
        co_return true;
    co_await m_services.bodyRoom.wait(request.room, bytes, limits.maxBodiesBytes, limits.idleTimeout());
    if (request.room.isHeld())
        co_return true;
    ++m_services.counters.limited;
    const Refusal crowded = noRoom(limits);
    co_await refuse(request, crowded);
    co_return false;
}

} // namespace farthing
