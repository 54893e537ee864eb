// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/SimServer.h"

#include "app/sim/ReplyWriter.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace farthing::sim {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr std::size_t kMostConnections = 1024;
constexpr std::size_t kMostBodyBytes = std::size_t{64} << 20U;
constexpr std::uint32_t kMostHeaderBytes = 64U << 10U;
constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

using Parser = http::request_parser<http::string_body>;

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percentDecoded(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '%' && at + 2 < text.size() && hexDigit(text[at + 1]) >= 0 &&
            hexDigit(text[at + 2]) >= 0) {
            out += static_cast<char>(hexDigit(text[at + 1]) * 16 + hexDigit(text[at + 2]));
            at += 2;
        } else {
            out += text[at];
        }
    }
    return out;
}

HttpCall callOf(Parser &parser)
{
    auto &request = parser.get();
    HttpCall call;
    call.method = std::string(request.method_string());
    const std::string target(request.target());
    const std::size_t question = target.find('?');
    call.path = percentDecoded(std::string_view(target).substr(0, question));
    if (question != std::string::npos)
        call.query = target.substr(question + 1);
    for (const auto &field : request) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        call.headers[std::move(name)] = std::string(field.value());
    }
    call.body = std::move(request.body());
    return call;
}

/// Reads one request, letting a client that waits for "100 Continue" go on.
asio::awaitable<bool> readRequest(tcp::socket &socket, boost::beast::flat_buffer &buffer, Parser &parser)
{
    parser.body_limit(kMostBodyBytes);
    parser.header_limit(kMostHeaderBytes);
    const auto [headError, headBytes] = co_await http::async_read_header(socket, buffer, parser, kTuple);
    if (headError || headBytes == 0)
        co_return false;
    if (boost::beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        const std::string goOn = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [error, count] = co_await asio::async_write(socket, asio::buffer(goOn), kTuple);
        if (error || count != goOn.size())
            co_return false;
    }
    if (parser.is_done())
        co_return true;
    const auto [error, bytes] = co_await http::async_read(socket, buffer, parser, kTuple);
    (void)bytes;
    co_return !error;
}

} // namespace

SimServer::SimServer(asio::io_context &context, Handler handler)
    : m_acceptor(context)
    , m_handler(std::move(handler))
{}

Result<std::string> SimServer::listen(const std::string &address)
{
    const std::size_t colon = address.rfind(':');
    std::uint16_t port = 0;
    const std::string portText = colon == std::string::npos ? std::string() : address.substr(colon + 1);
    const auto parsed = std::from_chars(portText.data(), portText.data() + portText.size(), port);
    boost::system::error_code error;
    const auto host = asio::ip::make_address(address.substr(0, colon), error);
    if (error || portText.empty() || parsed.ec != std::errc() ||
        parsed.ptr != portText.data() + portText.size())
        return Error{"\"" + address + "\" is no IP address with a port, such as 127.0.0.1:4242", "--listen"};
    const tcp::endpoint endpoint(host, port);
    m_acceptor.open(endpoint.protocol(), error);
    if (!error)
        m_acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error)
        m_acceptor.bind(endpoint, error);
    if (!error)
        m_acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error)
        return Error{"cannot listen on " + address + ": " + error.message(), "--listen"};
    asio::co_spawn(m_acceptor.get_executor(), acceptLoop(), asio::detached);
    return address.substr(0, colon) + ':' + std::to_string(m_acceptor.local_endpoint(error).port());
}

asio::awaitable<void> SimServer::acceptLoop()
{
    for (;;) {
        auto [error, socket] = co_await m_acceptor.async_accept(kTuple);
        if (error == asio::error::operation_aborted)
            co_return;
        if (error) { // out of descriptors: some must close before the next try makes sense
            asio::steady_timer pause(m_acceptor.get_executor(), std::chrono::milliseconds(20));
            (void)co_await pause.async_wait(kTuple);
            continue;
        }
        if (m_connections < kMostConnections)
            asio::co_spawn(m_acceptor.get_executor(), serve(std::move(socket)), asio::detached);
    }
}

asio::awaitable<void> SimServer::serve(tcp::socket socket)
{
    struct Counted
    {
        explicit Counted(std::size_t &connections)
            : count(connections)
        {
            ++count;
        }
        ~Counted() { --count; }
        Counted(const Counted &) = delete;
        Counted &operator=(const Counted &) = delete;
        std::size_t &count;
    };
    const Counted counted(m_connections);
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    boost::beast::flat_buffer buffer;
    for (bool open = true; open;) {
        Parser parser;
        if (!co_await readRequest(socket, buffer, parser))
            break;
        const bool keepAlive = parser.get().keep_alive();
        const HttpCall call = callOf(parser);
        const Reply reply = m_handler(call);
        open = co_await writeReply(socket, reply, {keepAlive, call.method == "HEAD"});
    }
    socket.shutdown(tcp::socket::shutdown_both, ignored);
}

} // namespace farthing::sim
