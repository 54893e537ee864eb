// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace farthing {

/// A port whose connections never come about: its queue is full and nobody accepts.
class FullPort
{
public:
    FullPort()
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto *const any = reinterpret_cast<sockaddr *>(&address);
        const int listener = add(0);
        if (::bind(listener, any, size) != 0 || ::listen(listener, 0) != 0 ||
            ::getsockname(listener, any, &size) != 0)
            qFatal("no port");
        m_port = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i)
            ::connect(add(SOCK_NONBLOCK), any, size);
    }
    ~FullPort()
    {
        for (const int socket : m_sockets)
            ::close(socket);
    }
    FullPort(const FullPort &) = delete;
    FullPort &operator=(const FullPort &) = delete;

    [[nodiscard]] int port() const { return m_port; }

private:
    int add(int flags)
    {
        m_sockets.push_back(::socket(AF_INET, SOCK_STREAM | flags, 0));
        return m_sockets.back();
    }

    std::vector<int> m_sockets;
    int m_port = 0;
};

} // namespace farthing
