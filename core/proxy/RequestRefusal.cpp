// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestRefusal.h"

#include "core/proxy/ProviderError.h"
#include "core/proxy/ReplyHeadText.h"
#include "core/proxy/RequestGate.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <vector>

namespace farthing {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
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

asio::awaitable<void> sendRefusal(boost::beast::tcp_stream &stream, Wire wire, const Refusal &refusal)
{
    const std::string body = providerErrorBody(wire, refusal.status, refusal.code, refusal.message);
    const std::string head = ownHeadText(refusal.status, "application/json", body.size(), false);
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head), asio::buffer(body)};
    stream.expires_after(heardOutAtMost);
    auto [failed, written] = co_await asio::async_write(stream, buffers, quietly);
    boost::system::error_code ended = failed;
    if (!ended)
        stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ended);
    std::vector<char> discarded(discardedAtOnce);
    while (!ended) {
        auto [error, read] = co_await stream.async_read_some(asio::buffer(discarded), quietly);
        ended = error;
    }
}

} // namespace farthing
