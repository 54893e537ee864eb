// SPDX-License-Identifier: GPL-3.0-or-later
// Who is served: on loopback every program of this machine, elsewhere whoever shows the token.
#include "core/base/Files.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QTest>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

using namespace farthing;

namespace {

const std::string token = "a-token-that-is-known-to-few";
const std::string chatBody = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]})";

std::string post(const std::string &target, const std::string &headers)
{
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers +
           "Content-Length: " + std::to_string(chatBody.size()) + "\r\n\r\n" + chatBody;
}

std::string get(const std::string &target, const std::string &headers = {})
{
    return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n";
}

} // namespace

class TestProxyAccess : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_seen.clear();
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &request) {
            const std::lock_guard lock(m_mutex);
            m_seen += request.head + request.body;
            return StubUpstream::plain(
                200, "application/json",
                R"({"id":"b","results_url":")" + m_upstream->url() +
                    R"(/v1/messages/batches/b/results","model":"gpt-4o","choices":[]})");
        });
        for (const char *name : {"OPENAI", "ANTHROPIC", "GEMINI"})
            qputenv((QByteArray("FARTHING_UPSTREAM_") + name).constData(),
                    QByteArray::fromStdString(m_upstream->url()));
        m_proxy = std::make_unique<FarthingdProcess>();
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
        qunsetenv("FARTHING_TOKEN");
    }

    void withoutATokenNothingButLoopbackIsListenedOn_data()
    {
        QTest::addColumn<QString>("listen");
        QTest::addColumn<bool>("serves");
        QTest::newRow("every address") << QStringLiteral("0.0.0.0:0") << false;
        QTest::newRow("every address, IPv6") << QStringLiteral("[::]:0") << false;
        QTest::newRow("loopback") << QStringLiteral("127.0.0.2:0") << true;
        QTest::newRow("loopback, IPv6") << QStringLiteral("[::1]:0") << true;
    }
    void withoutATokenNothingButLoopbackIsListenedOn()
    {
        QFETCH(QString, listen);
        QFETCH(bool, serves);
        QCOMPARE(m_proxy->start(listen), serves);
        if (!serves)
            QVERIFY2(m_proxy->log().contains("farthingctl token create"), m_proxy->log().constData());
    }

    void aTokenThatOthersCanReadIsNone()
    {
        QVERIFY(writeFileAtomically(m_proxy->dir().token(), token));
        QCOMPARE(::chmod(m_proxy->dir().token().c_str(), 0644), 0);
        QVERIFY(!m_proxy->start("0.0.0.0:0"));
        QVERIFY2(m_proxy->log().contains("chmod 600"), m_proxy->log().constData());
        QVERIFY2(!m_proxy->log().contains(token.c_str()), "the log holds the token");
    }

    void chmodAloneMakesItOne()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        const std::filesystem::path half = m_proxy->dir().token().string() + ".new";
        QVERIFY(writeFileAtomically(half, token));
        QCOMPARE(::chmod(half.c_str(), 0644), 0);
        QCOMPARE(::rename(half.c_str(), m_proxy->dir().token().c_str()), 0);
        QTRY_VERIFY_WITH_TIMEOUT(m_proxy->log().contains("chmod 600"), 5000);
        QCOMPARE(::chmod(m_proxy->dir().token().c_str(), 0600), 0);
        QTRY_VERIFY_WITH_TIMEOUT(m_proxy->log().contains("the token is live"), 5000);
    }

    void elsewhereEveryRequestShowsTheToken_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char *tag, const std::string &request, int status, const char *says = "") {
            QTest::newRow(tag) << QByteArray::fromStdString(request) << status << QByteArray(says);
        };
        const std::string header = "X-Farthing-Token: " + token + "\r\n";
        const std::string basic = "Proxy-Authorization: Basic " +
                                  QByteArray::fromStdString("me:" + token).toBase64().toStdString() + "\r\n";
        row("header", post("/v1/chat/completions", header), 200);
        row("bearer", post("/v1/chat/completions", "Proxy-Authorization: Bearer " + token + "\r\n"), 200);
        row("basic", post("/v1/chat/completions", basic), 200);
        row("path", post("/t/" + token + "/v1/chat/completions", {}), 200);
        row("path before the workflow", post("/t/" + token + "/w/sum/v1/chat/completions?a=b", {}), 200);
        row("health", get("/farthing/v1/health", header), 200);
        row("metrics", get("/metrics", header), 200);
        row("metrics by path", get("/t/" + token + "/metrics"), 200);
        row("an unknown event", get("/farthing/v1/events/x", header), 400);

        row("OpenAI's error", post("/v1/chat/completions", {}), 401,
            R"({"error":{"code":"missing_farthing_token")");
        row("Anthropic's error", post("/v1/messages", "X-Api-Key: sk-ant-1\r\n"), 401,
            R"({"error":{"message":")");
        row("Gemini's error", post("/v1beta/models/gemini-2.5-pro:generateContent", {}), 401,
            "UNAUTHENTICATED");
        row("a wrong one", post("/v1/chat/completions", "X-Farthing-Token: " + token + "x\r\n"), 401);
        row("a wrong one in the path", post("/t/" + token + "x/v1/chat/completions", {}), 401);
        row("an empty one in the path", post("/t//v1/chat/completions", {}), 401);
        row("behind the workflow", post("/w/sum/t/" + token + "/v1/chat/completions", {}), 401);
        row("as the provider's key", post("/v1/chat/completions", "Authorization: Bearer " + token + "\r\n"),
            401);
        row("health without", get("/farthing/v1/health"), 401);
        row("metrics without", get("/metrics"), 401);
        row("events without", get("/farthing/v1/events/x"), 401);
        row("spans without", post("/otlp/v1/traces", {}), 401);
        row("a page in a browser", post("/v1/chat/completions", header + "Origin: https://a.test\r\n"), 403);
        row("a rebound name", "GET /metrics HTTP/1.1\r\nHost: attacker.test\r\n" + header + "\r\n", 403);
        row("an allowed name", "GET /metrics HTTP/1.1\r\nHost: devbox.test:4141\r\n" + header + "\r\n", 200);
    }
    void elsewhereEveryRequestShowsTheToken()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QFETCH(QByteArray, says);
        QVERIFY(writeFileAtomically(m_proxy->dir().token(), token + "\n"));
        m_proxy->writeConfig(R"({"allowed_hosts": ["devbox.test"]})");
        QVERIFY2(m_proxy->start("0.0.0.0:0"), m_proxy->log().constData());

        const HttpMessage reply = exchange(m_proxy->port(), request.toStdString());
        QCOMPARE(reply.status(), status);
        QVERIFY2(QByteArray::fromStdString(reply.body).contains(says), reply.body.c_str());
        const bool forwarded = status == 200 && request.startsWith("POST");
        QCOMPARE(m_upstream->received(), forwarded ? 1 : 0);
        QVERIFY2(m_seen.find(token) == std::string::npos, m_seen.c_str());
        QVERIFY2(m_proxy->stop(), m_proxy->log().constData());
        QCOMPARE(m_proxy->events().size(), std::size_t(forwarded ? 1 : 0));
        QVERIFY2(!m_proxy->log().contains(token.c_str()), "the log holds the token");
    }

    void aLargeBodyWithoutATokenGetsItsAnswer()
    {
        QVERIFY(writeFileAtomically(m_proxy->dir().token(), token));
        QVERIFY2(m_proxy->start("0.0.0.0:0"), m_proxy->log().constData());
        const std::string body(20'000'000, 'x');
        const HttpMessage reply = exchange(
            m_proxy->port(), "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
                                 std::to_string(body.size()) + "\r\n\r\n" + body);
        QCOMPARE(reply.status(), 401);
        QVERIFY(reply.complete);
    }

    void onLoopbackATokenInThePathIsTakenOffAllTheSame()
    {
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
        QCOMPARE(exchange(m_proxy->port(), post("/t/" + token + "/v1/chat/completions", {})).status(), 200);
        QVERIFY2(m_seen.find("POST /v1/chat/completions ") == 0 ||
                     m_seen.find("POST /chat/completions ") == 0,
                 m_seen.c_str());
        QVERIFY(m_seen.find(token) == std::string::npos);
    }

    void linksThatLeadBackKeepTheTokenInTheirPath()
    {
        QVERIFY(writeFileAtomically(m_proxy->dir().token(), token));
        QVERIFY2(m_proxy->start("0.0.0.0:0"), m_proxy->log().constData());
        const std::string reply =
            exchange(m_proxy->port(), get("/t/" + token + "/w/sum/v1/messages/batches/b")).body;
        const auto url = nlohmann::json::parse(reply).at("results_url").get<std::string>();
        QCOMPARE(url, "http://127.0.0.1/t/" + token + "/w/sum/up/anthropic/v1/messages/batches/b/results");
    }

    void aNewTokenIsTakenOverWhileServing()
    {
        QVERIFY(writeFileAtomically(m_proxy->dir().token(), token));
        QVERIFY2(m_proxy->start("0.0.0.0:0"), m_proxy->log().constData());
        const std::string with = "X-Farthing-Token: ";
        QCOMPARE(exchange(m_proxy->port(), get("/metrics", with + token + "\r\n")).status(), 200);

        QVERIFY(writeFileAtomically(m_proxy->dir().token(), "another-token-for-everybody"));
        QElapsedTimer timer;
        int status = 401;
        for (timer.start(); status == 401 && timer.elapsed() < 5'000; QTest::qWait(50))
            status =
                exchange(m_proxy->port(), get("/metrics", with + "another-token-for-everybody\r\n")).status();
        QCOMPARE(status, 200);
        QCOMPARE(exchange(m_proxy->port(), get("/metrics", with + token + "\r\n")).status(), 401);

        std::filesystem::remove(m_proxy->dir().token());
        for (timer.start(); status == 200 && timer.elapsed() < 5'000; QTest::qWait(50))
            status =
                exchange(m_proxy->port(), get("/metrics", with + "another-token-for-everybody\r\n")).status();
        QCOMPARE(status, 401);
    }

    void theEnvironmentsTokenIsNotOnTheCommandLine()
    {
        qputenv("FARTHING_TOKEN", QByteArray::fromStdString(token));
        QVERIFY2(m_proxy->start("0.0.0.0:0"), m_proxy->log().constData());
        QCOMPARE(exchange(m_proxy->port(), get("/metrics", "X-Farthing-Token: " + token + "\r\n")).status(),
                 200);
        QFile line(QStringLiteral("/proc/%1/cmdline").arg(m_proxy->pid()));
        QVERIFY(line.open(QIODevice::ReadOnly));
        QVERIFY(!line.readAll().contains(token.c_str()));
    }

private:
    std::mutex m_mutex;
    std::string m_seen;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyAccess)
#include "tst_proxy_access.moc"
