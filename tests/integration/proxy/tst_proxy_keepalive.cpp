// SPDX-License-Identifier: GPL-3.0-or-later
// Upstreams that close connections which were kept: the call that comes next goes out on a new one.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QTest>
#include <arpa/inet.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace farthing;

namespace {

/// Answers every request at once and closes a connection that was idle for so long.
class ForgetfulUpstream
{
public:
    explicit ForgetfulUpstream(int keptMs, bool resets)
        : m_keptMs(keptMs)
        , m_resets(resets)
        , m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto *const any = reinterpret_cast<sockaddr *>(&address);
        if (::bind(m_listener, any, size) != 0 || ::listen(m_listener, 64) != 0 ||
            ::getsockname(m_listener, any, &size) != 0)
            qFatal("no port");
        m_port = ntohs(address.sin_port);
        m_thread = std::thread([this] {
            for (int socket = 0; (socket = ::accept(m_listener, nullptr, nullptr)) >= 0;)
                serve(socket);
        });
    }
    ~ForgetfulUpstream()
    {
        ::shutdown(m_listener, SHUT_RDWR);
        m_thread.join();
        ::close(m_listener);
    }
    ForgetfulUpstream(const ForgetfulUpstream &) = delete;
    ForgetfulUpstream &operator=(const ForgetfulUpstream &) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port); }
    [[nodiscard]] int connections() const { return m_closed; }
    [[nodiscard]] int received() const { return m_received; }
    /// Until so many connections are closed.
    void waitForClosed(int count) const
    {
        for (int closed = m_closed; closed < count; closed = m_closed)
            m_closed.wait(closed);
    }

private:
    /// One connection at a time: there is one client.
    void serve(int socket)
    {
        std::string rest;
        pollfd ready = {socket, POLLIN, 0};
        while (::poll(&ready, 1, m_keptMs) > 0 && readMessage(socket, rest).complete) {
            ++m_received;
            sendAll(socket,
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        }
        const linger now = {m_resets ? 1 : 0, 0};
        ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        ::close(socket);
        ++m_closed;
        m_closed.notify_all();
    }

    int m_keptMs;
    bool m_resets;
    int m_listener;
    int m_port = 0;
    std::atomic<int> m_received = 0;
    std::atomic<int> m_closed = 0; ///< connections
    std::thread m_thread;
};

} // namespace

class TestProxyKeepAlive : public QObject
{
    Q_OBJECT

private slots:
    void aConnectionThatWasClosedMeanwhileFailsNoCall_data()
    {
        QTest::addColumn<int>("keptMs");
        QTest::addColumn<bool>("resets");
        QTest::newRow("closed after a second") << 1000 << false;
        QTest::newRow("reset after a second") << 1000 << true;
        QTest::newRow("closed after a fifth of one") << 200 << false;
    }
    /// Calls come 0 to 10 % of that time after the upstream has closed: two hundred, by forty clients of
    /// forty upstreams.
    void aConnectionThatWasClosedMeanwhileFailsNoCall()
    {
        QFETCH(int, keptMs);
        QFETCH(bool, resets);
        constexpr int clients = 40;
        constexpr int calls = 5;
        std::vector<std::unique_ptr<ForgetfulUpstream>> upstreams;
        nlohmann::json config;
        for (int i = 0; i < clients; ++i) {
            upstreams.push_back(std::make_unique<ForgetfulUpstream>(keptMs, resets));
            config["upstreams"]["u" + std::to_string(i)]["base_url"] = upstreams.back()->url();
        }
        FarthingdProcess proxy;
        proxy.writeConfig(QByteArray::fromStdString(config.dump()));
        QVERIFY2(proxy.start(), proxy.log().constData());
        std::atomic<int> succeeded = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < clients; ++i)
            threads.emplace_back([&, i] {
                for (int call = 0; call < calls; ++call) {
                    const std::string request = "POST /up/u" + std::to_string(i) +
                                                "/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                                "Content-Length: 2\r\n\r\n{}";
                    succeeded += exchange(proxy.port(), request).status() == 200 ? 1 : 0;
                    upstreams[static_cast<std::size_t>(i)]->waitForClosed(call + 1);
                    std::this_thread::sleep_for(
                        std::chrono::microseconds(keptMs * 100 * ((call * 7 + i) % clients) / clients));
                }
            });
        for (std::thread &thread : threads)
            thread.join();
        int connections = 0;
        int received = 0;
        for (const auto &upstream : upstreams) {
            connections += upstream->connections();
            received += upstream->received();
        }
        qInfo("%d calls, %d succeeded, %d requests at the upstreams on %d connections", clients * calls,
              succeeded.load(), received, connections);
        QCOMPARE(succeeded.load(), clients * calls);
        QCOMPARE(received, clients * calls);
        QCOMPARE(connections, clients * calls);
        QVERIFY(proxy.stop());
        QCOMPARE(proxy.events().size(), std::size_t(clients * calls));
    }
};

QTEST_GUILESS_MAIN(TestProxyKeepAlive)
#include "tst_proxy_keepalive.moc"
