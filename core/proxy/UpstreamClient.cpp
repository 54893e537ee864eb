// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/UpstreamClient.h"

#include "core/proxy/CurlCall.h"
#include "core/proxy/UpgradeCall.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <fcntl.h>
#include <sys/socket.h>
#include <tuple>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace farthing {

namespace {

namespace asio = boost::asio;

constexpr long connectionsKept = 1024;
constexpr std::size_t handlesKept = 256;

/// A socket of libcurl's, watched by the event loop for as long as it is open, so that a connection that is
/// kept alive is registered once and not for every call. The number is libcurl's: it closes those that it
/// opens for itself (a resolver thread's) and those that never got connected without a word.
struct WatchedSocket
{
    using Descriptor = asio::posix::basic_stream_descriptor<LoopExecutor>;

    WatchedSocket(asio::io_context &context, bool ofConnection)
        : descriptor(context)
        , isConnection(ofConnection)
    {}
    ~WatchedSocket() { descriptor.release(); }
    WatchedSocket(const WatchedSocket &) = delete;
    WatchedSocket &operator=(const WatchedSocket &) = delete;

    Descriptor descriptor;
    bool isConnection;
    bool wantsRead = false;
    bool wantsWrite = false;
    bool waitsRead = false;
    bool waitsWrite = false;
};

class CurlClient final : public UpstreamClient, public CurlDriver
{
public:
    CurlClient(asio::io_context &context, Deadlines &deadlines)
        : m_context(context)
        , m_deadlines(deadlines)
        , m_timer(context)
        , m_multi(curl_multi_init())
        , m_self(std::make_shared<CurlDriver *>(this))
    {
        curl_multi_setopt(m_multi.get(), CURLMOPT_SOCKETFUNCTION, &CurlClient::onSocket);
        curl_multi_setopt(m_multi.get(), CURLMOPT_SOCKETDATA, this);
        curl_multi_setopt(m_multi.get(), CURLMOPT_TIMERFUNCTION, &CurlClient::onTimer);
        curl_multi_setopt(m_multi.get(), CURLMOPT_TIMERDATA, this);
        curl_multi_setopt(m_multi.get(), CURLMOPT_MAXCONNECTS, connectionsKept);
        if (const char *const file = std::getenv("SSL_CERT_FILE"); file != nullptr)
            m_certificates = file;
    }
    ~CurlClient() override { *m_self = nullptr; }
    CurlClient(const CurlClient &) = delete;
    CurlClient &operator=(const CurlClient &) = delete;

    std::shared_ptr<UpstreamCall> start(const UpstreamRequest &request, const Limits &limits) override
    {
        auto call = std::make_shared<CurlCall>(takeHandle(), m_self, m_deadlines);
        call->prepare(request, limits, m_origins);
        begin(*call);
        return call;
    }

    std::shared_ptr<UpgradeCall> startUpgrade(const UpstreamRequest &request, const Limits &limits) override
    {
        auto call = std::make_shared<UpgradeCall>(m_context, makeCurlEasy(), m_self, m_deadlines);
        call->prepare(request, limits);
        begin(*call);
        return call;
    }

private:
    using Sockets = std::unordered_map<curl_socket_t, std::shared_ptr<WatchedSocket>>;

    struct MultiDelete
    {
        void operator()(CURLM *multi) const { curl_multi_cleanup(multi); }
    };

    void begin(CurlTransfer &call)
    {
        if (!m_certificates.empty())
            curl_easy_setopt(call.easy(), CURLOPT_CAINFO, m_certificates.c_str());
        curl_easy_setopt(call.easy(), CURLOPT_OPENSOCKETFUNCTION, &CurlClient::onOpen);
        curl_easy_setopt(call.easy(), CURLOPT_OPENSOCKETDATA, this);
        curl_easy_setopt(call.easy(), CURLOPT_CLOSESOCKETFUNCTION, &CurlClient::onClose);
        curl_easy_setopt(call.easy(), CURLOPT_CLOSESOCKETDATA, this);
        if (const CURLMcode added = curl_multi_add_handle(m_multi.get(), call.easy()); added != CURLM_OK)
            call.finish(CURLE_FAILED_INIT);
    }

    CurlEasy takeHandle()
    {
        if (m_handles.empty())
            return makeCurlEasy();
        CurlEasy easy = std::move(m_handles.back());
        m_handles.pop_back();
        return easy;
    }

    /// Removing a handle that is still at work ends its transfer.
    void giveBack(CurlEasy easy, bool isClean) override
    {
        curl_multi_remove_handle(m_multi.get(), easy.get());
        if (isClean && m_handles.size() < handlesKept)
            m_handles.push_back(std::move(easy));
    }

    void hasNews(const std::shared_ptr<CurlTransfer> &call) override
    {
        m_news.push_back(call);
        soon();
    }

    /// What is to be done at once waits until the loop has heard every socket that was ready: the requests,
    /// and the replies, of many calls go out one after the other, and whoever receives them is woken up once.
    void soon()
    {
        if (std::exchange(m_willRun, true))
            return;
        asio::post(m_context, [this, self = m_self] {
            if (*self == nullptr)
                return;
            m_willRun = false;
            if (std::exchange(m_mustAct, false))
                act(CURL_SOCKET_TIMEOUT, 0);
            tell();
        });
    }

    /// Whoever is told may start, read and give up calls.
    void tell()
    {
        while (!m_news.empty()) {
            m_told.swap(m_news);
            for (const auto &weak : m_told)
                if (const auto call = weak.lock())
                    call->tell();
            m_told.clear();
        }
    }

    static curl_socket_t onOpen(void *self, curlsocktype, curl_sockaddr *address)
    {
        const curl_socket_t socket =
            ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
        if (socket == CURL_SOCKET_BAD || static_cast<CurlClient *>(self)->add(socket, true))
            return socket;
        ::close(socket);
        return CURL_SOCKET_BAD;
    }

    static int onClose(void *self, curl_socket_t socket)
    {
        auto &sockets = static_cast<CurlClient *>(self)->m_sockets;
        if (const auto found = sockets.find(socket); found != sockets.end()) {
            boost::system::error_code ignored;
            found->second->descriptor.close(ignored);
            sockets.erase(found);
            return 0;
        }
        return ::close(socket);
    }

    std::shared_ptr<WatchedSocket> add(curl_socket_t socket, bool isConnection)
    {
        auto watched = std::make_shared<WatchedSocket>(m_context, isConnection);
        // libcurl may have closed the number's last socket unsaid, and then goes on waiting for the new one.
        if (const auto stale = m_sockets.find(socket); stale != m_sockets.end()) {
            watched->wantsRead = stale->second->wantsRead;
            watched->wantsWrite = stale->second->wantsWrite;
            forget(stale);
        }
        boost::system::error_code error;
        std::ignore = watched->descriptor.assign(socket, error);
        if (error)
            return nullptr;
        m_sockets[socket] = watched;
        watch(watched, socket);
        return watched;
    }

    static int onSocket(CURL *, curl_socket_t socket, int what, void *self, void *)
    {
        auto *const client = static_cast<CurlClient *>(self);
        const auto found = client->m_sockets.find(socket);
        if (what == CURL_POLL_REMOVE) {
            if (found == client->m_sockets.end())
                return 0;
            const bool closed = ::fcntl(socket, F_GETFD) < 0;
            found->second->wantsRead = found->second->wantsWrite = false;
            if (closed || !found->second->isConnection)
                client->forget(found);
            return 0;
        }
        const auto watched = found != client->m_sockets.end() ? found->second : client->add(socket, false);
        if (!watched)
            return 0; // libcurl's timer still looks after it; an error would end every transfer
        watched->wantsRead = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
        watched->wantsWrite = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
        client->watch(watched, socket);
        return 0;
    }

    /// Without closing it: the number may be that of the next connection at once.
    void forget(Sockets::iterator found)
    {
        found->second->descriptor.release();
        m_sockets.erase(found);
    }

    [[nodiscard]] bool isWatched(const std::shared_ptr<WatchedSocket> &watched, curl_socket_t socket) const
    {
        const auto found = m_sockets.find(socket);
        return found != m_sockets.end() && found->second == watched;
    }

    void watch(const std::shared_ptr<WatchedSocket> &watched, curl_socket_t socket)
    {
        if (watched->wantsRead && !std::exchange(watched->waitsRead, true))
            watched->descriptor.async_wait(
                WatchedSocket::Descriptor::wait_read,
                [this, self = m_self, watched, socket](boost::system::error_code error) {
                    watched->waitsRead = false;
                    if (!error && *self != nullptr && watched->wantsRead)
                        onReady(watched, socket, CURL_CSELECT_IN);
                });
        if (watched->wantsWrite && !std::exchange(watched->waitsWrite, true))
            watched->descriptor.async_wait(
                WatchedSocket::Descriptor::wait_write,
                [this, self = m_self, watched, socket](boost::system::error_code error) {
                    watched->waitsWrite = false;
                    // Reading comes first: an early refusal is there although no more can be sent.
                    if (!error && *self != nullptr && watched->wantsWrite)
                        onReady(watched, socket,
                                CURL_CSELECT_OUT | (watched->wantsRead ? CURL_CSELECT_IN : 0));
                });
    }

    void onReady(const std::shared_ptr<WatchedSocket> &watched, curl_socket_t socket, int events)
    {
        if (!isWatched(watched, socket))
            return;
        act(socket, events);
        if (isWatched(watched, socket))
            watch(watched, socket);
    }

    void act(curl_socket_t socket, int events)
    {
        const bool wasActing = std::exchange(m_isActing, true);
        int running = 0;
        curl_multi_socket_action(m_multi.get(), socket, events, &running);
        collectFinished();
        m_isActing = wasActing;
        settle();
    }

    static int onTimer(CURLM *, long milliseconds, void *self)
    {
        auto *const client = static_cast<CurlClient *>(self);
        client->m_due = milliseconds <= 0 ? Clock::time_point::max()
                                          : Clock::now() + std::chrono::milliseconds(milliseconds);
        if (milliseconds == 0) {
            client->m_mustAct = true;
            client->soon();
        }
        client->settle();
        return 0;
    }

    /// libcurl sets its timer several times in each transfer, nearly always to what is later than the time
    /// the loop's timer has. That one is left to run, and set anew when it is over.
    void settle()
    {
        if (m_isActing || m_due >= m_armed)
            return;
        m_armed = m_due;
        m_timer.expires_at(m_due);
        m_timer.async_wait([this, self = m_self](boost::system::error_code error) {
            if (error || *self == nullptr)
                return;
            m_armed = Clock::time_point::max();
            if (Clock::now() < m_due)
                return settle();
            m_due = Clock::time_point::max();
            act(CURL_SOCKET_TIMEOUT, 0);
        });
    }

    void collectFinished()
    {
        int left = 0;
        while (CURLMsg *const message = curl_multi_info_read(m_multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            char *call = nullptr;
            const CURLcode result = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
            reinterpret_cast<CurlTransfer *>(call)->finish(result);
        }
    }

    using Clock = std::chrono::steady_clock;

    asio::io_context &m_context;
    Deadlines &m_deadlines;
    asio::steady_timer m_timer;
    Clock::time_point m_due = Clock::time_point::max();   ///< when libcurl wants to be called
    Clock::time_point m_armed = Clock::time_point::max(); ///< when the timer fires
    Sockets m_sockets;                                    // outlives what closes them
    std::unique_ptr<CURLM, MultiDelete> m_multi;
    std::vector<CurlEasy> m_handles;
    CurlOrigins m_origins;
    std::shared_ptr<CurlDriver *> m_self;
    std::vector<std::weak_ptr<CurlTransfer>> m_news;
    std::vector<std::weak_ptr<CurlTransfer>> m_told;
    bool m_isActing = false;
    bool m_mustAct = false;
    bool m_willRun = false;
    std::string m_certificates; ///< SSL_CERT_FILE, which clients honour too; empty: the system's
};

} // namespace

std::unique_ptr<UpstreamClient> UpstreamClient::create(asio::io_context &context, Deadlines &deadlines)
{
    return std::make_unique<CurlClient>(context, deadlines);
}

} // namespace farthing
