// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ReplyWriter.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>

#include <fmt/format.h>

#include <chrono>

namespace farthing::sim {

namespace asio = boost::asio;
using asio::ip::tcp;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

constexpr auto kHangLimit = std::chrono::minutes(10);
/// Pieces that are due at once go out together up to this size, each still a chunk of its own.
constexpr std::size_t kWriteBytes = 16'384;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

std::string headOf(const Reply &reply, bool keepAlive)
{
    const bool known = reply.status != 529; // Anthropic's own
    const auto reason =
        boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(reply.status));
    std::string head =
        fmt::format("HTTP/1.1 {} {}\r\ncontent-type: {}\r\nserver: farthing-sim\r\n", reply.status,
                    known ? std::string_view(reason.data(), reason.size()) : "Overloaded", reply.contentType);
    for (const auto &[name, value] : reply.headers)
        head.append(name).append(": ").append(value).append("\r\n");
    if (reply.pieces.empty())
        head += fmt::format("content-length: {}\r\n", reply.body.size());
    else
        head += "transfer-encoding: chunked\r\ncache-control: no-cache\r\n";
    head += keepAlive ? "\r\n" : "connection: close\r\n\r\n";
    return head;
}

asio::awaitable<bool> write(tcp::socket &socket, const std::string &bytes)
{
    const auto [error, count] = co_await asio::async_write(socket, asio::buffer(bytes), kTuple);
    co_return !error && count == bytes.size();
}

asio::awaitable<void> waitUntil(SteadyTime due)
{
    if (due <= std::chrono::steady_clock::now())
        co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, due);
    (void)co_await timer.async_wait(kTuple);
}

/// Silence, until the peer goes away or the limit has passed.
asio::awaitable<void> hang(tcp::socket &socket)
{
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor, kHangLimit);
    char byte = 0;
    (void)co_await (socket.async_read_some(asio::buffer(&byte, 1), kTuple) || timer.async_wait(kTuple));
}

asio::awaitable<bool> writeBody(tcp::socket &socket, const Reply &reply, const WriteOptions &options)
{
    co_await waitUntil(std::chrono::steady_clock::now() + reply.delay.first +
                       reply.delay.perToken * reply.work.output);
    if (reply.breakage == Breakage::Hang) {
        co_await hang(socket);
        co_return false;
    }
    std::string bytes = headOf(reply, options.keepAlive);
    const bool truncated = reply.breakage == Breakage::Truncate;
    if (!options.headOnly)
        bytes.append(reply.body, 0, truncated ? reply.body.size() / 2 : std::string::npos);
    co_return co_await write(socket, bytes) && !truncated && options.keepAlive;
}

asio::awaitable<bool> writeStream(tcp::socket &socket, const Reply &reply, const WriteOptions &options)
{
    const bool broken = reply.breakage != Breakage::None;
    const std::size_t count = broken ? reply.pieces.size() / 2 : reply.pieces.size();
    SteadyTime due = std::chrono::steady_clock::now() + reply.delay.first;
    std::string bytes = headOf(reply, options.keepAlive);
    for (std::size_t at = 0; at < count; ++at) {
        const Piece &piece = reply.pieces[at];
        due += reply.delay.perToken * piece.tokens;
        if (bytes.size() > kWriteBytes || due > std::chrono::steady_clock::now()) {
            if (at > 0 && !co_await write(socket, bytes))
                co_return false;
            if (at > 0)
                bytes.clear();
            co_await waitUntil(due);
        }
        bytes += fmt::format("{:x}\r\n", piece.bytes.size());
        bytes.append(piece.bytes).append("\r\n");
    }
    if (!broken)
        bytes += "0\r\n\r\n";
    if (!co_await write(socket, bytes))
        co_return false;
    if (reply.breakage == Breakage::Hang)
        co_await hang(socket);
    co_return !broken && options.keepAlive;
}

} // namespace

asio::awaitable<bool> writeReply(tcp::socket &socket, const Reply &reply, WriteOptions options)
{
    if (reply.breakage == Breakage::Reset) {
        boost::system::error_code ignored;
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
        co_return false;
    }
    if (reply.pieces.empty())
        co_return co_await writeBody(socket, reply, options);
    co_return co_await writeStream(socket, reply, options);
}

} // namespace farthing::sim
