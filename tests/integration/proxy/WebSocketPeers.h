// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/WebSocketFrames.h"
#include "integration/proxy/StubUpstream.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace farthing {

/// Reads until the other side has nothing more for `patience`, has ended, or `enough` bytes are there.
/// `reset` tells a broken connection from an ended one.
struct Heard
{
    std::string bytes;
    bool ended = false;
    bool reset = false;
};
inline Heard hear(int socket, std::size_t enough, int patienceMs = 5000)
{
    Heard heard;
    std::string piece(65536, '\0');
    while (heard.bytes.size() < enough) {
        pollfd waiting{socket, POLLIN, 0};
        if (::poll(&waiting, 1, patienceMs) <= 0)
            return heard;
        const ssize_t n =
            ::recv(socket, piece.data(), std::min(piece.size(), enough - heard.bytes.size()), 0);
        if (n > 0) {
            heard.bytes.append(piece.data(), static_cast<std::size_t>(n));
            continue;
        }
        (n == 0 ? heard.ended : heard.reset) = true;
        return heard;
    }
    return heard;
}
inline std::string hearHead(int socket)
{
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        const Heard byte = hear(socket, 1);
        if (byte.bytes.empty())
            break;
        head += byte.bytes;
    }
    return head;
}

/// An upstream that takes a connection, reads a request's head and leaves the rest to a script.
class ScriptedUpstream
{
public:
    using Script = std::function<void(int socket, const std::string &head)>;

    explicit ScriptedUpstream(Script script)
        : m_script(std::move(script))
        , m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *const any = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_listener, any, size) != 0 || ::listen(m_listener, 16) != 0 ||
            ::getsockname(m_listener, any, &size) != 0)
            std::abort();
        m_port = ntohs(address.sin_port);
        m_acceptor = std::thread([this] {
            for (int socket = 0; (socket = ::accept4(m_listener, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
                const std::lock_guard lock(m_mutex);
                ++m_connections;
                m_sockets.push_back(socket);
                m_threads.emplace_back([this, socket] {
                    m_script(socket, hearHead(socket));
                    const std::lock_guard guard(m_mutex);
                    std::erase(m_sockets, socket);
                    ::close(socket);
                });
            }
        });
    }
    ~ScriptedUpstream()
    {
        ::shutdown(m_listener, SHUT_RDWR);
        m_acceptor.join();
        {
            const std::lock_guard lock(m_mutex);
            for (const int socket : m_sockets)
                ::shutdown(socket, SHUT_RDWR);
        }
        for (std::thread &thread : m_threads)
            thread.join();
        ::close(m_listener);
    }
    ScriptedUpstream(const ScriptedUpstream &) = delete;
    ScriptedUpstream &operator=(const ScriptedUpstream &) = delete;

    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] int connections() const { return m_connections; }

private:
    Script m_script;
    int m_listener;
    int m_port = 0;
    std::atomic<int> m_connections = 0;
    std::mutex m_mutex;
    std::vector<int> m_sockets;
    std::vector<std::thread> m_threads;
    std::thread m_acceptor;
};

} // namespace farthing
