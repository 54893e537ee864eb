// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ClientConnection.h"

#include <boost/asio/post.hpp>
#include <cerrno>
#include <sys/socket.h>

namespace farthing {

namespace asio = boost::asio;

namespace {

constexpr std::size_t pipelinedAtOnce = std::size_t(16) * 1024;
constexpr std::size_t pipelinedAtMost = std::size_t(1024) * 1024;

bool shouldTryAgain()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

Pieces::Pieces(std::initializer_list<std::string_view> pieces)
{
    for (const std::string_view piece : pieces)
        if (!piece.empty())
            m_pieces[m_count++] = {const_cast<char *>(piece.data()), piece.size()};
}

void Pieces::sent(std::size_t bytes)
{
    for (; m_first < m_count && bytes >= m_pieces[m_first].iov_len; ++m_first)
        bytes -= m_pieces[m_first].iov_len;
    if (m_first == m_count)
        return;
    m_pieces[m_first].iov_base = static_cast<char *>(m_pieces[m_first].iov_base) + bytes;
    m_pieces[m_first].iov_len -= bytes;
}

ClientConnection::ClientConnection(Socket socket, Deadlines &deadlines)
    : m_socket(std::move(socket))
    , m_deadline(deadlines, [this] {
        m_late = true;
        endWaits();
    })
{
    boost::system::error_code ignored;
    m_socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

std::string_view ClientConnection::received() const
{
    const auto data = m_received.data();
    return {static_cast<const char *>(data.data()), data.size()};
}

ClientConnection::Taken ClientConnection::take(std::size_t atMost)
{
    const auto space = m_received.prepare(atMost);
    const auto n = ::recv(m_socket.native_handle(), space.data(), space.size(), MSG_DONTWAIT);
    if (n > 0) {
        m_received.commit(static_cast<std::size_t>(n));
        return Taken::Some;
    }
    if (n < 0 && shouldTryAgain())
        return Taken::Nothing;
    m_isOver = true;
    return Taken::End;
}

Task<bool> ClientConnection::receive(std::size_t atMost, std::chrono::milliseconds timeout)
{
    m_late = false;
    m_deadline.expireAfter(timeout);
    bool isThere = false;
    while (!m_isOver && !m_cancelled && !m_late) {
        const bool isLastLook = std::exchange(m_isHurried, false);
        // While readiness is awaited there is nothing to read.
        isThere = (isLastLook || !m_awaitsReadable) && take(atMost) == Taken::Some;
        if (isThere || isLastLook)
            break;
        awaitReadable();
        co_await m_readable.wait();
    }
    m_deadline.neverExpire();
    co_return isThere;
}

void ClientConnection::awaitReadable()
{
    if (std::exchange(m_awaitsReadable, true))
        return;
    m_socket.async_wait(Socket::wait_read, [self = weak_from_this()](boost::system::error_code error) {
        const auto connection = self.lock();
        if (!connection)
            return;
        connection->m_awaitsReadable = false;
        connection->m_isOver = connection->m_isOver || error.failed();
        connection->onReadable();
    });
}

void ClientConnection::onReadable()
{
    if (m_readable.isAwaited())
        return m_readable.raise();
    if (!m_onGone || m_cancelled)
        return;
    if (!m_isOver && take(pipelinedAtOnce) != Taken::End) {
        if (m_received.size() < pipelinedAtMost)
            awaitReadable();
        return;
    }
    std::exchange(m_onGone, nullptr)();
}

void ClientConnection::startWatching(std::function<void()> onGone)
{
    m_onGone = std::move(onGone);
    if (m_received.size() == 0)
        m_received = {}; // of a thousand streams, each has a buffer only while it reads
    if (m_received.size() < pipelinedAtMost)
        awaitReadable();
}

bool ClientConnection::sendNow(Pieces &pieces)
{
    while (!pieces.empty()) {
        msghdr message{};
        message.msg_iov = pieces.m_pieces + pieces.m_first;
        message.msg_iovlen = pieces.m_count - pieces.m_first;
        const auto n = ::sendmsg(m_socket.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return shouldTryAgain();
        pieces.sent(static_cast<std::size_t>(n));
    }
    return true;
}

Task<bool> ClientConnection::sendRest(Pieces &pieces, std::chrono::milliseconds timeout)
{
    bool isThere = sendNow(pieces);
    m_late = false;
    while (isThere && !pieces.empty() && !m_cancelled && !m_late) {
        m_deadline.expireAfter(timeout);
        awaitWritable();
        co_await m_writable.wait();
        isThere = sendNow(pieces);
    }
    m_deadline.neverExpire();
    co_return pieces.empty();
}

void ClientConnection::awaitWritable()
{
    if (std::exchange(m_awaitsWritable, true))
        return;
    m_socket.async_wait(Socket::wait_write, [self = weak_from_this()](boost::system::error_code) {
        const auto connection = self.lock();
        if (!connection)
            return;
        connection->m_awaitsWritable = false;
        connection->m_writable.raise();
    });
}

void ClientConnection::hurry()
{
    m_isHurried = true;
    endWaits();
}

void ClientConnection::cancel()
{
    if (!std::exchange(m_cancelled, true))
        endWaits();
}

/// Not at once: whoever ends them has more to do, and what resumes may destroy this.
void ClientConnection::endWaits()
{
    asio::post(m_socket.get_executor(), [self = weak_from_this()] {
        if (const auto connection = self.lock()) {
            connection->m_readable.raise();
            connection->m_writable.raise();
        }
    });
}

} // namespace farthing
