// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration/proxy/StubUpstream.h"

#include <algorithm>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace farthing {

namespace {

sockaddr_in loopback(int port)
{
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

bool receiveMore(int socket, std::string &buffer)
{
    char bytes[16384];
    const ssize_t n = ::recv(socket, bytes, sizeof bytes, 0);
    if (n <= 0)
        return false;
    buffer.append(bytes, static_cast<std::size_t>(n));
    return true;
}

bool takeLine(int socket, std::string &buffer, std::string &line)
{
    std::size_t end = 0;
    while ((end = buffer.find("\r\n")) == std::string::npos)
        if (!receiveMore(socket, buffer))
            return false;
    line = buffer.substr(0, end);
    buffer.erase(0, end + 2);
    return true;
}

bool takeBytes(int socket, std::string &buffer, std::size_t count, std::string &out)
{
    while (buffer.size() < count && receiveMore(socket, buffer)) {
    }
    const std::size_t taken = std::min(count, buffer.size());
    out.append(buffer, 0, taken);
    buffer.erase(0, taken);
    return taken == count;
}

bool takeChunks(int socket, std::string &buffer, std::string &out)
{
    for (std::string line; takeLine(socket, buffer, line);) {
        const auto size = std::stoul(line, nullptr, 16);
        if (size == 0)
            return takeLine(socket, buffer, line);
        if (!takeBytes(socket, buffer, size, out) || !takeLine(socket, buffer, line))
            return false;
    }
    return false;
}

} // namespace

HttpMessage readMessage(int socket, std::string &rest, bool isReplyToHead)
{
    HttpMessage message;
    std::string line;
    while (takeLine(socket, rest, line)) {
        message.head += line + "\r\n";
        if (message.startLine.empty()) {
            message.startLine = line;
            continue;
        }
        if (line.empty())
            break;
        std::string name = line.substr(0, line.find(':'));
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
        const auto value = line.find_first_not_of(" \t", name.size() + 1);
        message.headers[name] = value == std::string::npos ? "" : line.substr(value);
    }
    if (!message.head.ends_with("\r\n\r\n"))
        return message;
    const bool isReply = message.startLine.starts_with("HTTP/");
    if (isReplyToHead || (isReply && (message.status() == 204 || message.status() == 304)))
        message.complete = true;
    else if (message.headers.contains("transfer-encoding"))
        message.complete = takeChunks(socket, rest, message.body);
    else if (message.headers.contains("content-length"))
        message.complete =
            takeBytes(socket, rest, std::stoul(message.headers["content-length"]), message.body);
    else if (isReply) {
        while (receiveMore(socket, rest)) {
        }
        message.body = std::exchange(rest, {});
        message.complete = true;
    } else
        message.complete = true;
    return message;
}

bool sendAll(int socket, std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

int connectTo(int port)
{
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (::connect(socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return socket;
    ::close(socket);
    return -1;
}

HttpMessage exchange(int port, const std::string &request, bool isHead)
{
    HttpMessage reply;
    const int socket = connectTo(port);
    if (socket < 0)
        return reply;
    std::string rest;
    if (sendAll(socket, request))
        reply = readMessage(socket, rest, isHead);
    ::close(socket);
    return reply;
}

/// Pauses; false where the other side closes meanwhile.
static bool staysOpen(int socket, std::chrono::milliseconds pause)
{
    pollfd watched = {socket, POLLIN, 0};
    if (pause.count() == 0 || ::poll(&watched, 1, static_cast<int>(pause.count())) == 0)
        return true;
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

StubUpstream::StubUpstream(Handler handler)
    : m_handler(std::move(handler))
    , m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(m_listener, reinterpret_cast<sockaddr *>(&address), size) != 0 ||
        ::listen(m_listener, 512) != 0 ||
        ::getsockname(m_listener, reinterpret_cast<sockaddr *>(&address), &size) != 0)
        std::abort();
    m_port = ntohs(address.sin_port);
    m_acceptor = std::thread([this] { accept(); });
}

StubUpstream::~StubUpstream()
{
    m_stopping = true;
    ::shutdown(m_listener, SHUT_RDWR);
    m_acceptor.join();
    std::unique_lock lock(m_mutex);
    for (const int socket : m_sockets)
        ::shutdown(socket, SHUT_RDWR);
    m_closed.wait(lock, [this] { return m_sockets.empty(); });
    ::close(m_listener);
}

void StubUpstream::accept()
{
    while (!m_stopping) {
        const int socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0)
            continue;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        const std::lock_guard lock(m_mutex);
        m_sockets.push_back(socket);
        std::thread([this, socket] { serve(socket); }).detach();
    }
}

void StubUpstream::serve(int socket)
{
    std::string rest;
    for (bool open = true; open && !m_stopping;) {
        const HttpMessage request = readMessage(socket, rest);
        if (!request.complete)
            break;
        ++m_received;
        const Reply reply = m_handler(request);
        for (const std::string &piece : reply.pieces) {
            open = sendAll(socket, piece);
            if (!open)
                break;
            if (&piece != &reply.pieces.back())
                open = staysOpen(socket, reply.pause);
            if (!open)
                break;
        }
        m_abandoned += open ? 0 : 1;
        open = open && !reply.closeAtEnd;
        if (reply.resetAtEnd) {
            const linger now = {1, 0};
            ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
            open = false;
        }
    }
    const std::lock_guard lock(m_mutex);
    m_sockets.remove(socket);
    ::close(socket);
    m_closed.notify_all();
}

StubUpstream::Reply StubUpstream::plain(int status, const std::string &contentType, const std::string &body,
                                        const std::string &headers)
{
    return {{"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + contentType + "\r\n" + headers +
             "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body}};
}

StubUpstream::Reply StubUpstream::chunked(int status, const std::string &contentType,
                                          const std::vector<std::string> &pieces)
{
    Reply reply{{"HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Type: " + contentType +
                 "\r\nTransfer-Encoding: chunked\r\n\r\n"}};
    for (const std::string &piece : pieces) {
        char size[32];
        std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
        if (!piece.empty())
            reply.pieces.push_back(size + piece + "\r\n");
    }
    reply.pieces.emplace_back("0\r\n\r\n");
    return reply;
}

} // namespace farthing
