// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RefusalReply.h"

#include "core/proxy/ProviderError.h"
#include "core/proxy/ReplyHeadText.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>

namespace farthing {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr auto quietly = asio::as_tuple(asio::use_awaitable);
constexpr auto heardOut = std::chrono::seconds(2);
constexpr std::size_t discardedAtOnce = std::size_t(64) * 1024;

/// Whether reading failed over what the client sent; otherwise it went away or was too slow.
bool isMalformed(const boost::system::error_code &error)
{
    return error.category() == http::make_error_code(http::error::bad_method).category() &&
           error != http::error::end_of_stream && error != http::error::partial_message;
}

} // namespace

std::optional<Refusal> reasonUnread(const boost::system::error_code &unread, const Limits &limits)
{
    if (unread == http::error::body_limit)
        return Refusal{413, "request_too_large",
                       "the body is longer than max_body_bytes, " + std::to_string(limits.maxBodyBytes)};
    if (unread == http::error::header_limit)
        return Refusal{431, "headers_too_large",
                       "the headers are longer than max_header_bytes, " +
                           std::to_string(limits.maxHeaderBytes)};
    if (!isMalformed(unread))
        return std::nullopt;
    return Refusal{400, "invalid_request", "this is not HTTP as RFC 9112 has it: " + unread.message()};
}

asio::awaitable<void> refuseAndClose(boost::beast::tcp_stream &stream, boost::beast::flat_buffer &buffer,
                                     const Refusal &refusal)
{
    const std::string body = providerErrorBody(refusal.wire, refusal.status, refusal.code, refusal.message);
    const std::string head = ownHeadText(refusal.status, "application/json", body.size(), false);
    const std::array<asio::const_buffer, 2> answer = {asio::buffer(head), asio::buffer(body)};
    stream.expires_after(heardOut);
    co_await asio::async_write(stream, answer, quietly);
    boost::system::error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    for (bool open = true; open;) {
        buffer.clear();
        const auto [error, n] = co_await stream.async_read_some(buffer.prepare(discardedAtOnce), quietly);
        open = !error;
    }
}

} // namespace farthing
