// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestRefusal.h"

#include "core/proxy/ProviderError.h"
#include "core/proxy/ReplyHeadText.h"
#include "core/proxy/RequestGate.h"

#include <boost/beast/http/error.hpp>

namespace farthing {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto heardOutAtMost = std::chrono::seconds(5);
constexpr std::size_t discardedAtOnce = std::size_t(64) * 1024;

/// Whether reading failed over what the client sent; otherwise it went away or was too slow.
bool isMalformed(const boost::system::error_code &error)
{
    return error.category() == http::make_error_code(http::error::bad_method).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

} // namespace

Refusal refusalOf(const boost::system::error_code &unread, const Limits &limits)
{
    if (unread == http::error::body_limit)
        return {413, "request_too_large",
                "the body is longer than max_body_bytes, " + std::to_string(limits.maxBodyBytes)};
    if (unread == http::error::header_limit)
        return {431, "headers_too_large",
                "the headers are longer than max_header_bytes, " + std::to_string(limits.maxHeaderBytes)};
    if (unread == http::error::buffer_overflow)
        return {400, "invalid_request", "a chunk's first line does not end"};
    if (isMalformed(unread))
        return {400, "invalid_request", "this is not HTTP as RFC 9112 has it: " + unread.message()};
    return {};
}

Refusal refusalOf(const HeaderList &headers, bool http11)
{
    if (const auto reason = reasonNotToFrame(headers, http11))
        return {501, "unsupported_transfer_encoding", *reason};
    if (const auto reason = reasonFramingIsUnclear(headers))
        return {400, "invalid_request", *reason};
    if (const auto reason = reasonHostIsUnclear(headers, http11))
        return {400, "invalid_request", *reason};
    return {};
}

Refusal noRoom(const Limits &limits)
{
    return {503, "too_many_bodies",
            "the requests under way take max_bodies_bytes, " + std::to_string(limits.maxBodiesBytes)};
}

Task<> sendRefusal(ClientConnection &client, Wire wire, const Refusal &refusal)
{
    const std::string body = providerErrorBody(wire, refusal.status, refusal.code, refusal.message);
    const std::string head = ownHeadText(refusal.status, "application/json", body.size(), false);
    Pieces pieces{head, body};
    const bool isSent = co_await client.sendRest(pieces, heardOutAtMost);
    boost::system::error_code ignored;
    client.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    const auto until = std::chrono::steady_clock::now() + heardOutAtMost;
    for (bool isThere = isSent; isThere;) {
        client.consume(client.received().size());
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        isThere = left.count() > 0;
        if (isThere)
            isThere = co_await client.receive(discardedAtOnce, left);
    }
}

} // namespace farthing
