// SPDX-License-Identifier: GPL-3.0-or-later
// Upstreams that are down, hang, cannot be found or cannot be trusted: what the client gets, what is
// recorded, and where a person reads what is wrong and since when.
#include "integration/ctl/Farthingctl.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/FullPort.h"
#include "integration/proxy/StubUpstream.h"
#include "integration/proxy/TestCertificates.h"

#include <QElapsedTimer>
#include <QTest>
#include <nlohmann/json.hpp>
#include <poll.h>

using namespace farthing;

namespace {

std::string chatAt(const std::string &upstream)
{
    return "POST /up/" + upstream +
           "/v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
           "18\r\n\r\n{\"model\":\"gpt-4o\"}";
}

/// A reply of these pieces, behind the last of which nothing comes for longer than the proxy waits.
StubUpstream::Reply hangingAfter(std::vector<std::string> pieces)
{
    pieces.emplace_back("");
    return {std::move(pieces), std::chrono::seconds(20)};
}

/// The replies of the stub, by the path they are asked for.
const std::map<std::string, StubUpstream::Reply> replies = {
    {"after-accept", hangingAfter({""})},
    {"in-headers", hangingAfter({"HTTP/1.1 200 OK\r\nContent-Type: appl"})},
    {"in-body", hangingAfter({"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"model\":"})},
    {"closes", {{""}, {}, false, true}},
    {"resets", {{""}, {}, true}},
    {"no-http", {{"SSH-2.0-OpenSSH_9.2\r\n"}, {}, false, true}},
    {"http-0.9", {{"{\"model\":\"gpt-4o\"}"}, {}, false, true}},
    {"switches",
     {{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\nPRI"},
      {},
      false,
      true}},
    {"switches-and-hangs", hangingAfter({"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"})},
    {"bad-chunk",
     {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n"}, {}, false, true}},
};

} // namespace

class TestProxyUpstreams : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QVERIFY(m_plainText.start());
        for (const char *name : {"good", "expired", "another", "itself"})
            m_tls[name] = std::make_unique<TlsServer>(m_certificates, name);
        qputenv("SSL_CERT_FILE", m_certificates.path("ca.pem").toUtf8());
    }
    void cleanupTestCase()
    {
        qunsetenv("SSL_CERT_FILE");
        m_tls.clear();
    }
    void init()
    {
        m_down = TlsServer::freePort();
        m_upstream = std::make_unique<StubUpstream>([](const HttpMessage &request) {
            for (const auto &[name, reply] : replies)
                if (request.startLine.starts_with("POST /" + name + "/"))
                    return reply;
            return StubUpstream::plain(200, "application/json", "{}");
        });
        m_proxy = std::make_unique<FarthingdProcess>();
        nlohmann::json upstreams;
        const auto add = [&upstreams](const std::string &name, const std::string &url) {
            upstreams[name] = {{"base_url", url}, {"include_usage", false}};
        };
        const std::string here = "://127.0.0.1:";
        add("fine", m_upstream->url());
        add("down", "http" + here + std::to_string(m_down));
        add("nowhere", "http://nowhere.invalid/v1");
        add("full", "http" + here + std::to_string(m_full.port()));
        add("plain-text", "https" + here + std::to_string(m_plainText.port()));
        for (const auto &[name, reply] : replies)
            add(name, m_upstream->url() + "/" + name);
        for (const auto &[name, server] : m_tls)
            add("tls-" + name, "https" + here + std::to_string(server->port()));
        m_proxy->writeConfig(QByteArray::fromStdString(nlohmann::json{
            {"upstreams", upstreams}, {"limits", {{"connect_timeout_ms", 700}, {"idle_timeout_ms", 1000}}}}
                                                           .dump()));
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void whatFailsIsSaidEverywhere_data()
    {
        QTest::addColumn<QByteArray>("upstream");
        QTest::addColumn<int>("status"); ///< 599: 200, and then it breaks off
        QTest::addColumn<QByteArray>("reason");
        const auto row = [](const char *upstream, int status, const char *reason) {
            QTest::newRow(upstream) << QByteArray(upstream) << status << QByteArray(reason);
        };
        row("down", 502, "onnect");
        row("nowhere", 502, "resolve host: nowhere.invalid");
        row("full", 504, "imeout"); // libcurl has two texts for it
        row("after-accept", 504, "too slow");
        row("in-headers", 504, "too slow");
        row("in-body", status::upstreamBroke, "too slow");
        row("closes", 502, "Empty reply");
        row("resets", 502, "reset");
        row("no-http", 502, "HTTP/0.9");
        row("http-0.9", 502, "HTTP/0.9");
        row("switches", 502, "");
        row("switches-and-hangs", 504, "");
        row("bad-chunk", status::upstreamBroke, "hunk");
        row("plain-text", 502, "wrong version number");
        row("tls-itself", 502, "self-signed certificate");
        row("tls-expired", 502, "certificate has expired");
        row("tls-another", 502, "no alternative certificate subject name matches");
    }
    void whatFailsIsSaidEverywhere()
    {
        QFETCH(QByteArray, upstream);
        QFETCH(int, status);
        QFETCH(QByteArray, reason);
        const std::string name = upstream.toStdString();
        QVERIFY(!health()["upstreams"][name].contains("fault"));
        QElapsedTimer timer;
        timer.start();
        const HttpMessage reply = exchange(m_proxy->port(), chatAt(name));
        QVERIFY2(timer.elapsed() < (upstream == "after-accept" ? 1'700 : 10'000),
                 qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(reply.status(), status == status::upstreamBroke ? 200 : status);
        QCOMPARE(reply.complete, status != status::upstreamBroke);
        if (status != status::upstreamBroke) {
            const auto error = nlohmann::json::parse(reply.body)["error"];
            QCOMPARE(error["code"].get<std::string>(),
                     std::string(status == 504 ? "upstream_timeout" : "upstream_unreachable"));
            QVERIFY2(error["message"].get<std::string>().find(reason.toStdString()) != std::string::npos,
                     reply.body.c_str());
        }

        const auto fault = health()["upstreams"][name]["fault"];
        QVERIFY2(fault["error"].get<std::string>().find(reason.toStdString()) != std::string::npos,
                 fault.dump().c_str());
        QVERIFY(parseRfc3339(fault["since"].get<std::string>()).ok());
        QCOMPARE(fault["calls"].get<int>(), 1);
        QVERIFY(health()["status"] == "ok");
        QVERIFY2(sinceInMetrics(name) > 1'600'000'000, metrics().c_str());
        QTRY_VERIFY2_WITH_TIMEOUT(
            m_proxy->log().contains("calls to the upstream '" + upstream + "' fail since 20"),
            m_proxy->log().constData(), 4'000);
        const auto doctor = Farthingctl{
            QString::fromStdString(m_proxy->dir().config().parent_path().string())}({"doctor", "--offline"});
        QVERIFY2(doctor.out.contains("calls to the upstream " + upstream + " fail since 20"),
                 doctor.out.constData());
        QVERIFY(m_proxy->stop());
        const auto events = m_proxy->events();
        QCOMPARE(events.size(), std::size_t(1));
        QCOMPARE(events[0].status, status);
        QVERIFY2(events[0].error.find(reason.toStdString()) != std::string::npos, events[0].error.c_str());
    }

    void aTrustedCertificatePasses()
    {
        const HttpMessage reply =
            exchange(m_proxy->port(), "GET /up/tls-good/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        QVERIFY2(reply.status() == 200, (reply.head + reply.body).c_str());
        QVERIFY(reply.body.find("s_server") != std::string::npos);
    }

    void anUpstreamThatIsBackIsWellAgain()
    {
        QCOMPARE(exchange(m_proxy->port(), chatAt("down")).status(), 502);
        const std::string since = health()["upstreams"]["down"]["fault"]["since"];
        QTest::qWait(1200);
        QCOMPARE(exchange(m_proxy->port(), chatAt("down")).status(), 502);
        const auto fault = health()["upstreams"]["down"]["fault"];
        QCOMPARE(fault["since"].get<std::string>(), since);
        QVERIFY(fault["last"].get<std::string>() > since);
        QCOMPARE(fault["calls"].get<int>(), 2);
        QTRY_VERIFY_WITH_TIMEOUT(m_proxy->log().contains("'down' fail since"), 4'000);

        m_proxy->writeConfig(QByteArray::fromStdString(
            nlohmann::json{{"upstreams", {{"down", {{"base_url", m_upstream->url()}}}}}}.dump()));
        QTRY_COMPARE_WITH_TIMEOUT(exchange(m_proxy->port(), chatAt("down")).status(), 200, 5'000);
        QVERIFY(!health()["upstreams"]["down"].contains("fault"));
        QCOMPARE(sinceInMetrics("down"), 0LL);
        QTRY_VERIFY_WITH_TIMEOUT(m_proxy->log().contains("the upstream 'down' answers again"), 4'000);
    }

    void oneThatHangsKeepsNobodyElseWaiting()
    {
        std::vector<std::thread> waiting;
        std::atomic<int> timedOut = 0;
        for (int i = 0; i < 50; ++i)
            waiting.emplace_back([this, i, &timedOut] {
                const char *const name = i % 3 == 0 ? "full" : i % 3 == 1 ? "after-accept" : "in-headers";
                timedOut += exchange(m_proxy->port(), chatAt(name)).status() == 504 ? 1 : 0;
            });
        QTest::qWait(100);
        QElapsedTimer timer;
        timer.start();
        for (int i = 0; i < 20; ++i)
            QCOMPARE(exchange(m_proxy->port(), chatAt("fine")).status(), 200);
        QVERIFY2(timer.elapsed() < 600, qPrintable(QString::number(timer.elapsed())));
        for (std::thread &each : waiting)
            each.join();
        QCOMPARE(timedOut.load(), 50);
    }

    void whatAnUpstreamAnswersPassesWithItsHeaders_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("headers");
        QTest::newRow("rate limit")
            << 429
            << QByteArray("retry-after: 7\r\nretry-after-ms: 6500\r\nx-should-retry: true\r\n"
                          "anthropic-ratelimit-tokens-reset: 2026-11-26T04:00:00Z\r\n");
        QTest::newRow("error") << 500 << QByteArray("x-request-id: r\r\n");
        QTest::newRow("bad gateway") << 502 << QByteArray("server: cloudflare\r\n");
        QTest::newRow("unavailable") << 503 << QByteArray("retry-after: 30\r\n");
        QTest::newRow("timeout") << 504 << QByteArray();
        QTest::newRow("overloaded") << 529 << QByteArray("x-should-retry: true\r\nrequest-id: r\r\n");
    }
    void whatAnUpstreamAnswersPassesWithItsHeaders()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, headers);
        const std::string body = "{\"error\":{\"message\":\"later\"}}";
        StubUpstream upstream([&](const HttpMessage &) {
            return StubUpstream::plain(status, "application/json", body, headers.toStdString());
        });
        m_proxy->writeConfig(QByteArray::fromStdString(
            nlohmann::json{{"upstreams", {{"late", {{"base_url", upstream.url()}}}}}}.dump()));
        QTRY_VERIFY_WITH_TIMEOUT(health()["upstreams"].contains("late"), 5'000);
        const HttpMessage reply = exchange(m_proxy->port(), chatAt("late"));
        QCOMPARE(reply.status(), status);
        QCOMPARE(reply.body, body);
        QVERIFY2(reply.head.find(headers.toStdString()) != std::string::npos, reply.head.c_str());
        QVERIFY(!health()["upstreams"]["late"].contains("fault")); // it answers
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).status, status);
        QCOMPARE(m_proxy->events().at(0).error, std::string("later"));
        QCOMPARE(upstream.received(), 1);
    }

    /// The usual target as the URL that proxies are asked for; one that libcurl would change, through a
    /// tunnel.
    void anHttpProxyOnTheWayIsAskedAsItWantsToBe_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArrayList>("asked");
        QTest::newRow("usual") << QByteArray("/v1/models?a=b")
                               << QByteArrayList{"GET http://far.invalid:8080/v1/models?a=b HTTP/1.1"};
        const QByteArray tunnel = "CONNECT far.invalid:8080 HTTP/1.1";
        QTest::newRow("fragment") << QByteArray("/v1/models?a#b")
                                  << QByteArrayList{tunnel, "GET /v1/models?a#b HTTP/1.1"};
        QTest::newRow("beyond ASCII") << QByteArray("/v1/models/m\xc3\xa9")
                                      << QByteArrayList{tunnel, "GET /v1/models/m\xc3\xa9 HTTP/1.1"};
    }
    void anHttpProxyOnTheWayIsAskedAsItWantsToBe()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArrayList, asked);
        std::mutex mutex;
        QByteArrayList seen;
        StubUpstream httpProxy([&](const HttpMessage &request) {
            const std::scoped_lock lock(mutex);
            seen.push_back(QByteArray::fromStdString(request.startLine));
            if (request.startLine.starts_with("CONNECT "))
                return StubUpstream::Reply{.pieces = {"HTTP/1.1 200 Connection established\r\n\r\n"}};
            return StubUpstream::plain(200, "application/json", "{}");
        });
        qputenv("http_proxy", QByteArray::fromStdString(httpProxy.url()));
        FarthingdProcess proxy;
        proxy.writeConfig("{\"upstreams\":{\"far\":{\"base_url\":\"http://far.invalid:8080\"}}}");
        const bool started = proxy.start();
        qunsetenv("http_proxy");
        QVERIFY2(started, proxy.log().constData());
        const HttpMessage reply = exchange(proxy.port(), "GET /up/far" + target.toStdString() +
                                                             " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        QCOMPARE(reply.status(), 200);
        const std::scoped_lock lock(mutex);
        QCOMPARE(seen, asked);
    }

private:
    std::string get(const std::string &path)
    {
        return exchange(m_proxy->port(), "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").body;
    }
    nlohmann::json health() { return nlohmann::json::parse(get("/farthing/v1/health")); }
    std::string metrics() { return get("/metrics"); }
    long long sinceInMetrics(const std::string &upstream)
    {
        const std::string line =
            "\nfarthing_upstream_fault_since_timestamp_seconds{upstream=\"" + upstream + "\"} ";
        const std::string all = metrics();
        const auto at = all.find(line);
        return at == std::string::npos ? -1 : std::stoll(all.substr(at + line.size()));
    }

    TestCertificates m_certificates;
    std::map<std::string, std::unique_ptr<TlsServer>> m_tls;
    FullPort m_full;
    FarthingdProcess m_plainText; ///< answers 400 to the beginning of TLS
    int m_down = 0;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyUpstreams)
#include "tst_proxy_upstreams.moc"
