// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace farthing {

/// A message read off a socket: its first line, its headers by lower-case name, and its body without the
/// framing.
struct HttpMessage
{
    std::string startLine;
    std::string head; ///< all of it, as it came
    std::map<std::string, std::string> headers;
    std::string body;
    bool complete = false; ///< the body ended as its framing says

    [[nodiscard]] int status() const { return startLine.size() > 12 ? std::stoi(startLine.substr(9, 3)) : 0; }
};

/// Reads one message from a socket; keeps in `rest` what came behind it.
HttpMessage readMessage(int socket, std::string &rest, bool isReplyToHead = false);
bool sendAll(int socket, std::string_view bytes);
int connectTo(int port);

/// Sends one request and reads its reply.
HttpMessage exchange(int port, const std::string &request, bool isHead = false);

/// An upstream that answers as a test says: raw pieces with pauses between them, or a reset in the middle.
class StubUpstream
{
public:
    struct Reply
    {
        std::vector<std::string> pieces; ///< bytes as they go out: head, framing and all
        std::chrono::milliseconds pause{0};
        bool resetAtEnd = false;
        bool closeAtEnd = false;
    };
    using Handler = std::function<Reply(const HttpMessage &)>;

    explicit StubUpstream(Handler handler);
    ~StubUpstream();
    StubUpstream(const StubUpstream &) = delete;
    StubUpstream &operator=(const StubUpstream &) = delete;

    [[nodiscard]] int port() const { return m_port; }
    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    /// Requests that arrived whole.
    [[nodiscard]] int received() const { return m_received; }
    /// Replies whose connection was closed before they were out.
    [[nodiscard]] int abandoned() const { return m_abandoned; }

    /// A reply with a length, sent in one piece.
    static Reply plain(int status, const std::string &contentType, const std::string &body,
                       const std::string &headers = {});
    /// A chunked reply, a chunk for each piece.
    static Reply chunked(int status, const std::string &contentType, const std::vector<std::string> &pieces);

private:
    void accept();
    void serve(int socket);

    Handler m_handler;
    int m_listener;
    int m_port = 0;
    std::atomic<int> m_received = 0;
    std::atomic<int> m_abandoned = 0;
    std::atomic<bool> m_stopping = false;
    std::mutex m_mutex;
    std::list<int> m_sockets;
    std::condition_variable m_closed;
    std::thread m_acceptor;
};

} // namespace farthing
