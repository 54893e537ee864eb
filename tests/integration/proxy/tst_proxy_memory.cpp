// SPDX-License-Identifier: GPL-3.0-or-later
// Clients that read or write slowly: the proxy's memory stays within its limits, and an upstream waits for
// its reader.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"
#include "tests/Sanitized.h"

#include <QElapsedTimer>
#include <QTest>
#include <arpa/inet.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

using namespace farthing;

namespace {

constexpr qint64 MB = 1'000'000;

/// An upstream whose replies have no end: numbers, eight digits each, as fast as they are taken.
class EndlessUpstream
{
public:
    EndlessUpstream()
        : m_listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
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
        m_threads.emplace_back([this] {
            for (int socket = 0; (socket = ::accept(m_listener, nullptr, nullptr)) >= 0;)
                m_threads.emplace_back([this, socket] { serve(socket); });
        });
    }
    ~EndlessUpstream()
    {
        m_stopping = true;
        ::shutdown(m_listener, SHUT_RDWR);
        m_threads.front().join();
        for (auto thread = std::next(m_threads.begin()); thread != m_threads.end(); ++thread)
            thread->join();
        ::close(m_listener);
    }
    EndlessUpstream(const EndlessUpstream &) = delete;
    EndlessUpstream &operator=(const EndlessUpstream &) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(m_port) + "/v1"; }
    [[nodiscard]] qint64 sent() const { return m_sent; }
    [[nodiscard]] int open() const { return m_open; }

private:
    void serve(int socket)
    {
        ++m_open;
        const timeval briefly = {0, 100'000};
        ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &briefly, sizeof briefly);
        std::string rest;
        std::string bytes = readMessage(socket, rest).complete
                                ? "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n"
                                : "";
        for (int next = 0; !m_stopping && !bytes.empty();) {
            const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n < 0 && errno != EAGAIN)
                break;
            m_sent += std::max<ssize_t>(n, 0);
            bytes.erase(0, static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
            for (char number[16]; bytes.size() < 65536; ++next)
                bytes.append(number, static_cast<std::size_t>(
                                         std::snprintf(number, sizeof number, "%08d", next % 100'000'000)));
        }
        ::close(socket);
        --m_open;
    }

    int m_listener;
    int m_port = 0;
    std::atomic<qint64> m_sent = 0;
    std::atomic<int> m_open = 0;
    std::atomic<bool> m_stopping = false;
    std::list<std::thread> m_threads;
};

std::string get(const std::string &path)
{
    return "GET " + path + " HTTP/1.0\r\n\r\n";
}

} // namespace

class TestProxyMemory : public QObject
{
    Q_OBJECT

private slots:
    /// 25 MiB as users run it; without optimisation its code is a little larger.
    void itTakesLittleWhileIdle()
    {
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        QTest::qWait(1000);
        const qint64 held = proxy.memory();
        qInfo("idle: VmRSS %.1f MB", double(held) / double(MB));
        QVERIFY(isSanitized || held < 27 * 1024 * 1024);
    }

    void aReaderThatPausesHoldsItsUpstreamBack()
    {
        EndlessUpstream upstream;
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url()));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        constexpr int readers = 20;
        const qint64 before = proxy.memory();
        std::vector<int> clients;
        for (int i = 0; i < readers; ++i) {
            clients.push_back(connectTo(proxy.port()));
            QVERIFY(sendAll(clients.back(), get("/v1/files/endless/content")));
        }
        qint64 held = -1; // the kernel's buffers grow for a while
        for (int seconds = 0; seconds < 30 && upstream.sent() != held; ++seconds) {
            held = upstream.sent();
            QTest::qWait(1500);
        }
        const qint64 after = proxy.memory();
        qInfo("%d readers that do not read: %.1f MB taken from the upstream for each, kernel buffers "
              "included; VmRSS %.1f MB, then %.1f MB",
              readers, double(held) / readers / double(MB), double(before) / double(MB),
              double(after) / double(MB));
        QCOMPARE(upstream.sent(), held);
        QVERIFY2(isSanitized || after - before < readers * MB, "at most a megabyte each");

        // Once it reads again, nothing is missing.
        std::string received;
        std::vector<char> bytes(1 << 20);
        while (received.size() < std::size_t(50 * MB)) {
            const ssize_t n = ::recv(clients[0], bytes.data(), bytes.size(), 0);
            QVERIFY(n > 0);
            received.append(bytes.data(), static_cast<std::size_t>(n));
        }
        received.erase(0, received.find("\r\n\r\n") + 4);
        for (std::size_t i = 0; (i + 1) * 8 <= received.size(); ++i)
            if (std::stoul(received.substr(i * 8, 8)) != i)
                QFAIL(qPrintable(QString("number %1 is missing").arg(i)));
        QVERIFY(isSanitized || proxy.memory() - before < 2 * readers * MB);
        for (const int client : clients)
            ::close(client);
        QTRY_COMPARE_WITH_TIMEOUT(upstream.open(), 0, 5'000);
        QVERIFY(proxy.stop());
        QCOMPARE(proxy.events().size(), std::size_t(readers));
        for (const CostEvent &event : proxy.events())
            QCOMPARE(event.status, status::clientClosed);
    }

    void aClientThatTakesNothingForTooLongHasGone()
    {
        EndlessUpstream upstream;
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url()));
        FarthingdProcess proxy;
        proxy.writeConfig("{\"limits\":{\"idle_timeout_ms\":1500}}");
        QVERIFY2(proxy.start(), proxy.log().constData());
        const int client = connectTo(proxy.port());
        QVERIFY(sendAll(client, get("/v1/files/endless/content")));
        QTRY_COMPARE_WITH_TIMEOUT(upstream.open(), 1, 3'000);
        QTRY_COMPARE_WITH_TIMEOUT(upstream.open(), 0, 15'000);
        ::close(client);
        QVERIFY(proxy.stop());
        QCOMPARE(proxy.events().size(), std::size_t(1));
        QCOMPARE(proxy.events()[0].status, status::clientClosed);
    }

    void anUploadMayTakeItsTimeButNotStandStill()
    {
        StubUpstream upstream(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", "{}"); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        proxy.writeConfig("{\"limits\":{\"idle_timeout_ms\":1500}}");
        QVERIFY2(proxy.start(), proxy.log().constData());
        const std::string head = "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n";
        const int slow = connectTo(proxy.port());
        const int still = connectTo(proxy.port());
        QVERIFY(sendAll(still, head + "12345"));
        QVERIFY(sendAll(slow, head));
        for (int i = 0; i < 10; ++i) {
            QTest::qWait(400);
            QVERIFY(sendAll(slow, "x"));
        }
        std::string rest;
        QCOMPARE(readMessage(slow, rest).status(), 200);
        char byte = 0;
        QCOMPARE(::recv(still, &byte, 1, 0), ssize_t(0));
        ::close(slow);
        ::close(still);
        QVERIFY(proxy.stop());
        QCOMPARE(upstream.received(), 1);
        QCOMPARE(proxy.events().size(), std::size_t(1));
    }

    /// Of vectors nothing is kept, however many come at once.
    void manyLargeRepliesAreMeteredInLittleMemory()
    {
        constexpr int replies = 40;
        std::string body = R"({"object":"list","data":[{"embedding":[0.5)";
        while (body.size() < std::size_t(10 * MB))
            body += ",-0.012345678";
        body += "]}],\"model\":\"text-embedding-3-large\",\"usage\":{\"prompt_tokens\":812,\"total_tokens\":"
                "812}}";
        std::vector<std::string> pieces;
        for (std::size_t at = 0; at < body.size(); at += body.size() / 2)
            pieces.push_back(body.substr(at, body.size() / 2));
        StubUpstream upstream([&pieces](const HttpMessage &) {
            auto reply = StubUpstream::chunked(200, "application/json", pieces);
            reply.pause = std::chrono::milliseconds(500);
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        const qint64 before = proxy.memory();
        std::atomic<int> whole = 0;
        std::vector<std::thread> clients;
        for (int i = 0; i < replies; ++i)
            clients.emplace_back([&] {
                const HttpMessage reply = exchange(
                    proxy.port(), "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                                  "Connection: close\r\n\r\n{}");
                whole += reply.complete && reply.body == body ? 1 : 0;
            });
        for (std::thread &client : clients)
            client.join();
        const qint64 most = proxy.memory("VmHWM");
        QCOMPARE(whole.load(), replies);
        QVERIFY2(isSanitized || most - before < 60 * MB, qPrintable(QString::number(most - before)));
        QVERIFY(proxy.stop());
        QCOMPARE(proxy.events().size(), std::size_t(replies));
        for (const CostEvent &event : proxy.events())
            QCOMPARE(event.usage.input, 812);
    }

    /// As many large uploads as there is room for, and some more, stand still.
    void smallBodiesWaitForNoLargeOne()
    {
        StubUpstream upstream(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", "{}"); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        proxy.writeConfig("{\"limits\":{\"max_bodies_bytes\":134217728}}");
        QVERIFY2(proxy.start(), proxy.log().constData());
        const std::string head = "POST /v1/files HTTP/1.1\r\nHost: localhost\r\n";
        const std::string chunks = head + "Transfer-Encoding: chunked\r\n\r\n";
        std::vector<int> standing;
        for (int i = 0; i < 4; ++i) {
            standing.push_back(connectTo(proxy.port()));
            QVERIFY(sendAll(standing.back(), chunks + "200000\r\n" + std::string(2 << 20, 'x')));
            standing.push_back(connectTo(proxy.port()));
            QVERIFY(sendAll(standing.back(), chunks + "1\r\nx\r\n"));
        }
        QTest::qWait(300);
        QElapsedTimer timer;
        timer.start();
        const std::string small = std::string(1 << 20, 'x');
        for (const std::string &request :
             {std::string("GET /farthing/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
              head + "Content-Length: " + std::to_string(small.size()) + "\r\n\r\n" + small,
              chunks + "100000\r\n" + small + "\r\n0\r\n\r\n"})
            QCOMPARE(exchange(proxy.port(), request).status(), 200);
        QVERIFY2(timer.elapsed() < 2'000, qPrintable(QString::number(timer.elapsed())));
        for (const int client : standing)
            ::close(client);
        QVERIFY(proxy.stop());
        QCOMPARE(proxy.events().size(), std::size_t(2));
    }

    void bodiesStayWithinTheirBound_data()
    {
        QTest::addColumn<int>("uploads");
        QTest::addColumn<int>("megabytesAllowed"); ///< 0: the default, a gibibyte
        QTest::addColumn<bool>("chunked");
        QTest::newRow("16 of 32 MB as it is set up") << 16 << 0 << false;
        QTest::newRow("40 of 32 MB within 128 MB") << 40 << 128 << false;
        QTest::newRow("12 of 32 MB in chunks within 128 MB") << 12 << 128 << true;
    }
    void bodiesStayWithinTheirBound()
    {
        QFETCH(int, uploads);
        QFETCH(int, megabytesAllowed);
        QFETCH(bool, chunked);
        StubUpstream upstream([](const HttpMessage &request) {
            return StubUpstream::plain(200, "application/json", std::to_string(request.body.size()));
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        if (megabytesAllowed > 0)
            proxy.writeConfig("{\"limits\":{\"max_bodies_bytes\":" +
                              QByteArray::number(megabytesAllowed * 1024 * 1024) + "}}");
        QVERIFY2(proxy.start(), proxy.log().constData());
        const qint64 before = proxy.memory();

        const std::string half(16 * 1024 * 1024, 'x');
        const std::string head = "POST /v1/files HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        std::atomic<int> arrived = 0;
        std::atomic<bool> goOn = false;
        std::vector<std::thread> clients;
        for (int i = 0; i < uploads; ++i)
            clients.emplace_back([&] {
                const int client = connectTo(proxy.port());
                const auto sendHalf = [&](std::string_view end) {
                    sendAll(client, chunked ? "1000000\r\n" : "");
                    sendAll(client, half);
                    sendAll(client, chunked ? end : "");
                };
                sendAll(client, head + (chunked ? "Transfer-Encoding: chunked\r\n\r\n"
                                                : "Content-Length: 33554432\r\n\r\n"));
                sendHalf("\r\n");
                while (!goOn)
                    std::this_thread::sleep_for(std::chrono::milliseconds(20));
                sendHalf("\r\n0\r\n\r\n");
                std::string rest;
                const HttpMessage reply = readMessage(client, rest);
                arrived += reply.status() == 200 && reply.body == "33554432" ? 1 : 0;
                ::close(client);
            });
        QTest::qWait(3000);
        const qint64 halfWay = proxy.memory();
        goOn = true;
        for (std::thread &client : clients)
            client.join();
        qInfo("%d uploads of 33.6 MB: VmRSS %.1f MB before, %.1f MB half way, %.1f MB at most", uploads,
              double(before) / double(MB), double(halfWay) / double(MB),
              double(proxy.memory("VmHWM")) / double(MB));
        QCOMPARE(arrived.load(), uploads);
        const qint64 allowed =
            megabytesAllowed > 0 ? megabytesAllowed * 1024LL * 1024 : uploads * 33'554'432LL;
        QVERIFY(isSanitized || proxy.memory("VmHWM") - before < allowed * 5 / 4 + 32 * MB);
        QVERIFY(proxy.stop());
        QCOMPARE(upstream.received(), uploads);
        QCOMPARE(proxy.events().size(), std::size_t(uploads));
    }
};

QTEST_GUILESS_MAIN(TestProxyMemory)
#include "tst_proxy_memory.moc"
