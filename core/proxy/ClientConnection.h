// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/Deadlines.h"
#include "core/proxy/Signal.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <string_view>
#include <sys/uio.h>

namespace farthing {

/// Pieces that are sent in one go, up to five, and how far that is done.
class Pieces
{
public:
    Pieces(std::initializer_list<std::string_view> pieces);

    [[nodiscard]] bool empty() const { return m_first == m_count; }
    void sent(std::size_t bytes);

private:
    friend class ClientConnection;

    iovec m_pieces[5];
    std::size_t m_first = 0;
    std::size_t m_count = 0;
};

/// The socket of a client. What has arrived is read in one piece, what is to go out is sent at once, and the
/// event loop is asked only where there is nothing to read or no room to write. One coroutine uses it.
class ClientConnection : public std::enable_shared_from_this<ClientConnection>
{
public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, LoopExecutor>;

    ClientConnection(Socket socket, Deadlines &deadlines);

    /// Takes in what has arrived, up to `atMost` bytes, and waits for it where nothing has. False where there
    /// will be nothing more, for the client has ended its side or is gone, `timeout` is over or cancel() was
    /// called; or where hurry() was, and a last look found nothing.
    Task<bool> receive(std::size_t atMost, std::chrono::milliseconds timeout);
    [[nodiscard]] std::string_view received() const;
    void consume(std::size_t bytes) { m_received.consume(bytes); }

    /// Sends what the socket takes now; `pieces` keeps the rest. False where the client is gone.
    bool sendNow(Pieces &pieces);
    /// Sends the rest. False where the client is gone, takes nothing for `timeout`, or cancel() was called.
    Task<bool> sendRest(Pieces &pieces, std::chrono::milliseconds timeout);

    /// Calls `onGone` when the client ends the connection. That can only be seen behind what it has sent
    /// before, more of a pipeline, which is therefore taken in within a bound.
    /// Ends when what it returns is destroyed.
    [[nodiscard]] auto watch(std::function<void()> onGone)
    {
        startWatching(std::move(onGone));
        const auto stop = [](ClientConnection *self) { self->m_onGone = nullptr; };
        return std::unique_ptr<ClientConnection, decltype(stop)>(this, stop);
    }

    /// Has the wait for what arrives, or else the next one, end after one more look at what has.
    void hurry();
    /// Ends the waits under way, and all later ones.
    void cancel();
    [[nodiscard]] Socket &socket() { return m_socket; }

private:
    enum class Taken { Some, Nothing, End };
    void startWatching(std::function<void()> onGone);
    Taken take(std::size_t atMost);
    void awaitReadable();
    void onReadable();
    void awaitWritable();
    void endWaits();

    Socket m_socket;
    boost::beast::flat_buffer m_received;
    std::function<void()> m_onGone;
    Signal m_readable;
    Signal m_writable;
    Deadline m_deadline;
    bool m_awaitsReadable = false;
    bool m_awaitsWritable = false;
    bool m_isOver = false; ///< nothing more will be received
    bool m_late = false;
    bool m_isHurried = false;
    bool m_cancelled = false;
};

} // namespace farthing
