// SPDX-License-Identifier: GPL-3.0-or-later
// What is more than the limits allow gets an error in the provider's form, and nothing else suffers.
#include "core/base/Files.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QTest>
#include <arpa/inet.h>
#include <csignal>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

using namespace farthing;

namespace {

const std::string metrics = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";

std::string post(std::size_t bytes)
{
    const std::string body = "{\"model\":\"gpt-4o\",\"input\":\"" + std::string(bytes, 'x') + "\"}";
    return "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// An address of this machine by which its own connections do not come from loopback.
std::optional<sockaddr_in> ownAddress()
{
    ifaddrs *all = nullptr;
    if (::getifaddrs(&all) != 0)
        return std::nullopt;
    std::optional<sockaddr_in> found;
    for (const ifaddrs *each = all; each != nullptr; each = each->ifa_next)
        if (each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET &&
            (each->ifa_flags & IFF_LOOPBACK) == 0)
            found = *reinterpret_cast<const sockaddr_in *>(each->ifa_addr);
    ::freeifaddrs(all);
    return found;
}

/// Connections that say nothing, closed at the end.
struct IdleConnections
{
    std::vector<int> sockets;
    ~IdleConnections() { close(); }
    void close()
    {
        for (const int socket : sockets)
            ::close(socket);
        sockets.clear();
    }
};

} // namespace

class TestProxyLimits : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_pause = std::chrono::milliseconds(0);
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &) {
            auto reply = StubUpstream::plain(200, "application/json", "{\"model\":\"gpt-4o\",\"data\":[]}");
            std::this_thread::sleep_for(m_pause.load());
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(m_upstream->url()));
        m_proxy = std::make_unique<FarthingdProcess>();
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void aConnectionTooManyIsTold()
    {
        m_proxy->writeConfig("{\"limits\": {\"max_connections\": 20}}");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        IdleConnections idle;
        for (int i = 0; i < 20; ++i)
            idle.sockets.push_back(connectTo(m_proxy->port()));
        const HttpMessage refused = exchange(m_proxy->port(), post(10));
        QCOMPARE(refused.status(), 503);
        QVERIFY2(refused.body.find("\"code\":\"too_many_connections\"") != std::string::npos,
                 refused.body.c_str());
        idle.close();
        QElapsedTimer timer;
        int status = 503;
        for (timer.start(); status == 503 && timer.elapsed() < 5'000; QTest::qWait(20))
            status = exchange(m_proxy->port(), post(10)).status();
        QCOMPARE(status, 200);
        const std::string said = exchange(m_proxy->port(), metrics + "\r\n").body;
        QVERIFY2(said.find("farthing_limited_total 0\n") == std::string::npos &&
                     said.find("farthing_limited_total ") != std::string::npos,
                 said.c_str());
    }

    void aClientWithTooManyDoesNotKeepOthersOut()
    {
        auto own = ownAddress();
        if (!own)
            QSKIP("this machine has no address but loopback");
        const std::string token = "a-token-that-is-known-to-few";
        QVERIFY(writeFileAtomically(m_proxy->dir().token(), token));
        m_proxy->writeConfig("{\"limits\": {\"max_connections_per_client\": 5}}");
        QVERIFY2(m_proxy->start("0.0.0.0:0"), m_proxy->log().constData());
        own->sin_port = htons(static_cast<std::uint16_t>(m_proxy->port()));
        const auto connectByAddress = [&] {
            const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
            return ::connect(socket, reinterpret_cast<const sockaddr *>(&*own), sizeof *own) == 0 ? socket
                                                                                                  : -1;
        };
        IdleConnections idle;
        for (int i = 0; i < 6; ++i)
            idle.sockets.push_back(connectByAddress());
        QVERIFY(idle.sockets.back() >= 0);
        const std::string request = metrics + "X-Farthing-Token: " + token + "\r\n\r\n";
        std::string rest;
        QVERIFY(sendAll(idle.sockets.back(), request));
        QCOMPARE(readMessage(idle.sockets.back(), rest).status(), 429);
        QCOMPARE(exchange(m_proxy->port(), request).status(), 200); // from loopback
    }

    void aKeptConnectionHasTheLimitsOfItsTime()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        const int client = connectTo(m_proxy->port());
        std::string rest;
        const auto status = [&](const std::string &request) {
            return sendAll(client, request) ? readMessage(client, rest).status() : 0;
        };
        const std::string body(2000, 'x');
        const std::string keeping =
            "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n" + body;
        QCOMPARE(status(keeping), 200);
        m_proxy->writeConfig("{\"limits\": {\"max_body_bytes\": 1024}}");
        QCOMPARE(::kill(static_cast<pid_t>(m_proxy->pid()), SIGHUP), 0);
        QTRY_COMPARE_WITH_TIMEOUT(exchange(m_proxy->port(), post(2000)).status(), 413, 5'000);
        QCOMPARE(status(keeping), 413);
        ::close(client);
    }

    void aBusyWorkstationIsFarFromTheDefaults()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        m_pause = std::chrono::milliseconds(300);
        std::atomic<int> served = 0;
        std::vector<std::thread> clients;
        for (int i = 0; i < 600; ++i)
            clients.emplace_back(
                [&] { served += exchange(m_proxy->port(), post(10'000)).status() == 200 ? 1 : 0; });
        for (std::thread &client : clients)
            client.join();
        QCOMPARE(served.load(), 600);
        const std::string said = exchange(m_proxy->port(), metrics + "\r\n").body;
        QVERIFY2(said.find("farthing_limited_total 0\n") != std::string::npos, said.c_str());
        QVERIFY2(said.find("farthing_buffered_bytes 0\n") != std::string::npos, said.c_str());
    }

private:
    std::atomic<std::chrono::milliseconds> m_pause;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyLimits)
#include "tst_proxy_limits.moc"
