// SPDX-License-Identifier: GPL-3.0-or-later
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QTest>
#include <set>
#include <unistd.h>

using namespace farthing;

namespace {

const std::string chatReply = "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                              "\"completion_tokens\":2,\"total_tokens\":9}}";

std::string post(const std::string &target, const std::string &body, const std::string &headers = {})
{
    return "POST " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

class TestProxyPassthrough : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_reply = StubUpstream::plain(200, "application/json", chatReply);
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &request) {
            const std::lock_guard lock(m_mutex);
            m_seen = request;
            return m_reply;
        });
        for (const auto &[name, path] : {std::pair("OPENAI", "/v1"), {"ANTHROPIC", ""}, {"GEMINI", ""}})
            qputenv(QByteArray("FARTHING_UPSTREAM_") + name,
                    QByteArray::fromStdString(m_upstream->url() + path));
        m_proxy = std::make_unique<FarthingdProcess>();
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void bodiesAndEndToEndHeadersPassUnchanged()
    {
        const std::string body = "{ \"model\" : \"gpt-4o\",\n\t\"messages\":[] }";
        m_reply = StubUpstream::plain(
            200, "application/json", chatReply,
            "X-Two: a\r\nX-Two: b\r\nConnection: close, X-Hop\r\nX-Hop: gone\r\nKeep-Alive: timeout=5\r\n");
        const HttpMessage reply =
            exchange(m_proxy->port(), post("/v1/chat/completions?a=%20b", body,
                                           "Authorization: Bearer sk-secret\r\nX-CaSe: Kept\r\nX-Dup: "
                                           "1\r\nX-Dup: 2\r\nX-Farthing-Workflow: w\r\n"
                                           "Connection: close, X-Drop\r\nX-Drop: gone\r\nTE: trailers\r\n"));
        QCOMPARE(m_seen.body, body);
        QCOMPARE(m_seen.startLine, std::string("POST /v1/chat/completions?a=%20b HTTP/1.1"));
        for (const char *kept :
             {"Authorization: Bearer sk-secret\r\n", "X-CaSe: Kept\r\n", "X-Dup: 1\r\nX-Dup: 2\r\n"})
            QVERIFY2(m_seen.head.find(kept) != std::string::npos, m_seen.head.c_str());
        for (const char *dropped : {"X-Drop", "TE:", "X-Farthing", "User-Agent", "Accept:", "Expect"})
            QVERIFY2(m_seen.head.find(dropped) == std::string::npos, m_seen.head.c_str());
        QCOMPARE(reply.body, chatReply);
        QVERIFY(reply.head.find("X-Two: a\r\nX-Two: b\r\n") != std::string::npos);
        QVERIFY(reply.head.find("X-Hop") == std::string::npos &&
                reply.head.find("Keep-Alive") == std::string::npos);
        QCOMPARE(reply.headers.at("x-farthing-model"), std::string("gpt-4o"));
    }

    void headersKeepTheirOrder()
    {
        const std::string lines = "X-A: 1\r\nX-B: 2\r\nx-a: 3\r\nCookie: c\r\nX-A: 4\r\nX-B: 5\r\n";
        exchange(m_proxy->port(), post("/v1/embeddings", "{}", lines));
        QVERIFY2(m_seen.head.find(lines) != std::string::npos, m_seen.head.c_str());
    }

    void trailersDoNotPassForHeaders()
    {
        const auto reply = exchange(
            m_proxy->port(), "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked"
                             "\r\n\r\n2\r\n{}\r\n0\r\nX-Trailer: t\r\n\r\n");
        QCOMPARE(reply.status(), 200);
        QVERIFY2(m_seen.head.find("X-Trailer") == std::string::npos, m_seen.head.c_str());
    }

    void pathsFindTheirUpstream_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<QByteArray>("seen");
        QTest::addColumn<QByteArray>("provider");
        QTest::addColumn<QByteArray>("workflow");
        QTest::newRow("openai") << QByteArray("/v1/embeddings") << QByteArray()
                                << QByteArray("/v1/embeddings") << QByteArray("openai")
                                << QByteArray("untagged");
        QTest::newRow("anthropic") << QByteArray("/v1/messages?beta=true") << QByteArray()
                                   << QByteArray("/v1/messages?beta=true") << QByteArray("anthropic")
                                   << QByteArray("untagged");
        QTest::newRow("gemini") << QByteArray("/v1beta/models/gemini-2.5-flash:generateContent")
                                << QByteArray()
                                << QByteArray("/v1beta/models/gemini-2.5-flash:generateContent")
                                << QByteArray("gemini") << QByteArray("untagged");
        QTest::newRow("workflow in the path")
            << QByteArray("/w/my%20flow/v1/chat/completions") << QByteArray()
            << QByteArray("/v1/chat/completions") << QByteArray("openai") << QByteArray("my flow");
        QTest::newRow("a number sign in the path")
            << QByteArray("/w/a/v1/files/a#b/c?d=%23#e") << QByteArray()
            << QByteArray("/v1/files/a#b/c?d=%23#e") << QByteArray("openai") << QByteArray("a");
        QTest::newRow("bytes that a URL has not")
            << QByteArray("/v1/files/a|\"\xff{}[]\\^`<>..//./b") << QByteArray()
            << QByteArray("/v1/files/a|\"\xff{}[]\\^`<>..//./b") << QByteArray("openai")
            << QByteArray("untagged");
        QTest::newRow("an empty query")
            << QByteArray("/v1/files/a?") << QByteArray() << QByteArray("/v1/files/a?")
            << QByteArray("openai") << QByteArray("untagged");
        QTest::newRow("named upstream")
            << QByteArray("/w/a/up/anthropic/v1/messages") << QByteArray() << QByteArray("/v1/messages")
            << QByteArray("anthropic") << QByteArray("a");
        QTest::newRow("unknown path by its headers")
            << QByteArray("/v1/models") << QByteArray("x-api-key: k\r\n") << QByteArray("/v1/models")
            << QByteArray("anthropic") << QByteArray("untagged");
        QTest::newRow("the header wins over the path")
            << QByteArray("/w/path/v1/responses") << QByteArray("X-Farthing-Workflow: header\r\n")
            << QByteArray("/v1/responses") << QByteArray("openai") << QByteArray("header");
    }
    void pathsFindTheirUpstream()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, headers);
        QFETCH(QByteArray, seen);
        QFETCH(QByteArray, provider);
        QFETCH(QByteArray, workflow);
        const auto reply = exchange(m_proxy->port(), post(target.toStdString(), "{}", headers.toStdString()));
        QCOMPARE(reply.status(), 200);
        QCOMPARE(QByteArray::fromStdString(m_seen.startLine), "POST " + seen + " HTTP/1.1");
        QVERIFY(m_proxy->stop());
        const auto events = m_proxy->events();
        QCOMPARE(events.size(), std::size_t(1));
        QCOMPARE(QByteArray::fromStdString(events[0].provider), provider);
        QCOMPARE(QByteArray::fromStdString(events[0].workflow), workflow);
    }

    void includeUsageIsAskedForAndNotSeen()
    {
        const std::string first = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]";
        const std::string rest = "data: [DONE]\n\n";
        m_reply = StubUpstream::chunked(200, "text/event-stream",
                                        {first + ",\"usage\":null}\n\n",
                                         "data: "
                                         "{\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_"
                                         "tokens\":1,\"total_tokens\":6}}\n\n",
                                         rest});
        const auto reply =
            exchange(m_proxy->port(),
                     post("/v1/chat/completions", "{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[]}"));
        QVERIFY2(m_seen.body.find("\"include_usage\":true") != std::string::npos, m_seen.body.c_str());
        QCOMPARE(reply.body, first + "}\n\n" + rest);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).usage.input, std::int64_t(5));
    }

    void aChunkIsNotHeldBack()
    {
        m_reply =
            StubUpstream::chunked(200, "text/event-stream", {"data: {\"n\":1}\n\n", "data: {\"n\":2}\n\n"});
        m_reply.pause = std::chrono::milliseconds(700);
        const int socket = connectTo(m_proxy->port());
        QVERIFY(sendAll(socket, post("/v1/responses", "{\"stream\":true}")));
        QElapsedTimer timer;
        timer.start();
        std::string received;
        char bytes[4096];
        while (received.find("\"n\":1") == std::string::npos) {
            const auto n = ::read(socket, bytes, sizeof bytes);
            QVERIFY(n > 0);
            received.append(bytes, static_cast<std::size_t>(n));
        }
        QVERIFY(received.find("\"n\":2") == std::string::npos);
        QVERIFY2(timer.elapsed() < 1300, qPrintable(QString::number(timer.elapsed())));
        ::close(socket);
    }

    void aClientThatHangsUpCancelsItsCall()
    {
        m_reply = StubUpstream::chunked(200, "text/event-stream",
                                        std::vector<std::string>(200, "data: {\"n\":1}\n\n"));
        m_reply.pause = std::chrono::milliseconds(50);
        const int socket = connectTo(m_proxy->port());
        QVERIFY(sendAll(socket, post("/v1/responses", "{\"stream\":true}")));
        char bytes[1024];
        QVERIFY(::read(socket, bytes, sizeof bytes) > 0);
        ::close(socket);
        QTRY_COMPARE_WITH_TIMEOUT(m_upstream->abandoned(), 1, 3000);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).status, status::clientClosed);
        QVERIFY(m_proxy->events().at(0).usageSource == UsageSource::Estimated);
    }

    void aClientThatHangsUpBehindAPipelineCancelsItsCall()
    {
        m_reply.pieces.insert(m_reply.pieces.begin(), "");
        m_reply.pause = std::chrono::seconds(20);
        const int socket = connectTo(m_proxy->port());
        QVERIFY(sendAll(socket, post("/v1/chat/completions", "{}")));
        QTRY_COMPARE_WITH_TIMEOUT(m_upstream->received(), 1, 3000);
        for (int i = 0; i < 3; ++i) {
            QVERIFY(sendAll(socket, post("/v1/chat/completions", std::string(30'000, ' '))));
            QTest::qWait(20);
        }
        ::close(socket);
        QTRY_COMPARE_WITH_TIMEOUT(m_upstream->abandoned(), 1, 3000);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_upstream->received(), 1);
        QCOMPARE(m_proxy->events().size(), std::size_t(1));
        QCOMPARE(m_proxy->events().at(0).status, status::clientClosed);
    }

    void aPipelineIsAnsweredInItsOrder()
    {
        m_reply.pieces.insert(m_reply.pieces.begin(), "");
        m_reply.pause = std::chrono::milliseconds(30);
        const int socket = connectTo(m_proxy->port());
        std::string requests;
        for (const char *target : {"/v1/embeddings", "/farthing/v1/health", "/v1/chat/completions"})
            requests += post(target, std::string(50'000, ' '));
        QVERIFY(sendAll(socket, requests));
        std::string rest;
        QCOMPARE(readMessage(socket, rest).status(), 200);
        QCOMPARE(readMessage(socket, rest).status(), 405);
        QCOMPARE(readMessage(socket, rest).status(), 200);
        ::close(socket);
        QCOMPARE(m_upstream->received(), 2);
        QCOMPARE(m_seen.body.size(), std::size_t(50'000));
    }

    void aBrokenReplyIsNeverACleanEnd()
    {
        m_reply = StubUpstream::chunked(200, "text/event-stream", {"data: {\"n\":1}\n\n"});
        m_reply.pieces.pop_back();
        m_reply.resetAtEnd = true;
        const auto reply = exchange(m_proxy->port(), post("/v1/responses", "{\"stream\":true}"));
        QVERIFY(!reply.complete);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).status, status::upstreamBroke);
        QVERIFY(!m_proxy->events().at(0).listCost);
    }

    void aRequestIsNeverSentTwice()
    {
        const auto chat = [this] {
            return exchange(m_proxy->port(), post("/v1/chat/completions", "{\"model\":\"gpt-4o\"}"));
        };
        std::set<std::string> named;
        QCOMPARE(chat().status(), 200); // its connection is kept
        for (const bool reset : {false, true}) {
            m_reply = {{""}, {}, reset};
            m_reply.closeAtEnd = true;
            const HttpMessage reply = chat();
            QCOMPARE(reply.status(), 502);
            QVERIFY2(reply.body.find("upstream_unreachable") != std::string::npos, reply.body.c_str());
            named.insert(reply.headers.at("x-farthing-event-id"));
            m_reply = StubUpstream::plain(200, "application/json", chatReply);
            QCOMPARE(chat().status(), 200);
        }
        QVERIFY(m_proxy->stop());
        const auto events = m_proxy->events();
        QCOMPARE(m_upstream->received(), 5);
        QCOMPARE(events.size(), std::size_t(5));
        for (const std::size_t broken : {1U, 3U}) {
            QCOMPARE(events[broken].status, 502);
            QVERIFY(!events[broken].error.empty());
            QVERIFY(named.contains(events[broken].eventId.toString()));
        }
    }

    void errorsPassWithTheirBodies()
    {
        const std::string body = "{\"error\":{\"message\":\"slow down\"}}";
        m_reply = StubUpstream::plain(429, "application/json", body, "Retry-After: 7\r\n");
        const auto reply = exchange(m_proxy->port(), post("/v1/chat/completions", "{}"));
        QCOMPARE(reply.status(), 429);
        QCOMPARE(reply.body, body);
        QCOMPARE(reply.headers.at("retry-after"), std::string("7"));
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).error, std::string("slow down"));
        QVERIFY(m_proxy->events().at(0).usageSource == UsageSource::None);
    }

    void linksToResultsLeadBackTheWayTheClientCame_data()
    {
        QTest::addColumn<QByteArray>("host");
        QTest::addColumn<QByteArray>("address");
        QTest::newRow("another port") << QByteArray("localhost:8080") << QByteArray("localhost:8080");
        QTest::newRow("IPv6") << QByteArray("[::1]:80") << QByteArray("[::1]:80");
        QTest::newRow("none") << QByteArray("") << QByteArray();
    }
    void linksToResultsLeadBackTheWayTheClientCame()
    {
        QFETCH(QByteArray, host);
        QFETCH(QByteArray, address);
        const std::string path = "/v1/messages/batches/b1";
        const auto body = [&path](const std::string &base) {
            return "{\"id\":\"b1\",\"results_url\":\"" + base + path + "/results\"}";
        };
        m_reply = StubUpstream::plain(200, "application/json", body(m_upstream->url()));
        const HttpMessage reply = exchange(
            m_proxy->port(), "GET " + path + " HTTP/1.1\r\nHost: " + host.toStdString() + "\r\n\r\n");
        const std::string to =
            address.isEmpty() ? "127.0.0.1:" + std::to_string(m_proxy->port()) : address.toStdString();
        QCOMPARE(reply.body, body("http://" + to + "/up/anthropic"));
    }

    void filesPassUnchanged()
    {
        const std::string body = "{\"results_url\":\"" + m_upstream->url() + "/v1/x\"}";
        m_reply = StubUpstream::plain(200, "application/json", body);
        const HttpMessage reply =
            exchange(m_proxy->port(), "GET /up/anthropic/v1/files/f/content HTTP/1.1\r\nHost: localhost\r\n"
                                      "Accept-Encoding: gzip\r\n\r\n");
        QCOMPARE(reply.body, body);
        QCOMPARE(reply.headers.at("content-length"), std::to_string(body.size()));
        QVERIFY(m_seen.head.find("Accept-Encoding: gzip\r\n") != std::string::npos);
    }

    void theReasonPhrasePassesUnchanged_data()
    {
        QTest::addColumn<QByteArray>("line");
        for (const char *line : {"HTTP/1.1 529 Site is overloaded", "HTTP/1.1 529 ",
                                 "HTTP/1.1 200 Fine, thanks", "HTTP/1.1 799 \xc3\xa9", "HTTP/1.1 404 "})
            QTest::newRow(line) << QByteArray(line);
    }
    void theReasonPhrasePassesUnchanged()
    {
        QFETCH(QByteArray, line);
        m_reply = {{line.toStdString() + "\r\nContent-Length: 0\r\n\r\n"}};
        QCOMPARE(QByteArray::fromStdString(
                     exchange(m_proxy->port(), post("/v1/chat/completions", "{}")).startLine),
                 line);
    }

    void headHasALengthAndNoBody()
    {
        m_reply = {{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}};
        const auto reply = exchange(m_proxy->port(), "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", true);
        QCOMPARE(reply.status(), 200);
        QCOMPARE(reply.headers.at("content-length"), std::string("5"));
    }

    void whatMustNotBeServedIsRefused_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        QTest::newRow("no HTTP") << QByteArray("hello\r\n\r\n") << 400;
        QTest::newRow("length and chunks")
            << QByteArray("POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: "
                          "chunked\r\n\r\n0\r\n\r\n")
            << 400;
        QTest::newRow("two lengths") << QByteArray(
                                            "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                                            "1\r\nContent-Length: 2\r\n\r\nab")
                                     << 400;
        QTest::newRow("a body past the limit")
            << QByteArray("POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
            << 413;
        QTest::newRow("headers past the limit")
            << QByteArray("GET /v1/x HTTP/1.1\r\nHost: localhost\r\nX: ") + QByteArray(70'000, 'x') +
                   "\r\n\r\n"
            << 431;
        QTest::newRow("no host") << QByteArray("GET /v1/models HTTP/1.1\r\n\r\n") << 400;
        QTest::newRow("two hosts")
            << QByteArray("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n") << 400;
        QTest::newRow("another host")
            << QByteArray("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n\r\n") << 403;
        QTest::newRow("a page")
            << QByteArray(
                   "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n")
            << 403;
        QTest::newRow("a page's image")
            << QByteArray("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\n\r\n")
            << 403;
        const QByteArray coded = "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: ";
        const QByteArray smuggled = "\r\n\r\n0\r\n\r\nGET /v1/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for (const char *coding : {"gzip", "chunked, gzip", "gzip, chunked", "xchunked", "chunked, chunked",
                                   ",chunked", "identity", "\"chunked\"", ""})
            QTest::newRow(QByteArray("coding ") + coding) << coded + coding + smuggled << 501;
        QTest::newRow("two codings") << coded + "chunked\r\nTransfer-Encoding: gzip" + smuggled << 400;
        QTest::newRow("two codings, chunked last")
            << coded + "gzip\r\nTransfer-Encoding: chunked" + smuggled << 501;
        QTest::newRow("chunked twice") << coded + "chunked\r\nTransfer-Encoding: chunked" + smuggled << 400;
        QTest::newRow("coding and length") << coded + "gzip\r\nContent-Length: 5" + smuggled << 501;
        QTest::newRow("coding in HTTP/1.0")
            << QByteArray("POST /v1/x HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked") + smuggled
            << 501;
        QTest::newRow("an event id that is not UTF-8")
            << QByteArray("GET /farthing/v1/events/\xff\xc3( HTTP/1.1\r\nHost: localhost\r\n\r\n") << 400;
        QTest::newRow("an upstream that is not UTF-8")
            << QByteArray("GET /up/\xff\xfe/v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n") << 404;
        QTest::newRow("a host that is not UTF-8")
            << QByteArray("GET /v1/models HTTP/1.1\r\nHost: \xff\r\n\r\n") << 403;
        QTest::newRow("no such upstream")
            << QByteArray("GET /up/nobody/v1/x HTTP/1.1\r\nHost: localhost\r\n\r\n") << 404;
    }
    void whatMustNotBeServedIsRefused()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        QCOMPARE(exchange(m_proxy->port(), request.toStdString()).status(), status);
        QCOMPARE(m_upstream->received(), 0);
    }

    void aChunkedBodyPasses()
    {
        QCOMPARE(exchange(m_proxy->port(),
                          "POST /v1/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n"
                          "2\r\n{}\r\n0\r\n\r\n")
                     .status(),
                 200);
        QCOMPARE(m_seen.body, std::string("{}"));
    }

    void aSecondProxyOnTheFolderIsRefused_data()
    {
        QTest::addColumn<bool>("lockIsRemoved");
        QTest::newRow("as it is") << false;
        QTest::newRow("somebody has removed the lock's file") << true;
    }
    void aSecondProxyOnTheFolderIsRefused()
    {
        QFETCH(bool, lockIsRemoved);
        if (lockIsRemoved)
            QVERIFY(std::filesystem::remove(m_proxy->dir().lock()));
        QProcess second;
        second.start(QStringLiteral(FARTHING_BIN_DIR "/farthingd"),
                     {"--data-dir", QString::fromStdString(m_proxy->dir().lock().parent_path().string()),
                      "--listen", "127.0.0.1:0"});
        QVERIFY(second.waitForFinished(5000));
        QCOMPARE(second.exitCode(), 1);
        QVERIFY(second.readAllStandardError().contains("another farthingd"));
    }

    void aBadEditKeepsTheLastGoodConfiguration()
    {
        m_proxy->writeConfig("{\n\"listen\": 5}");
        const std::string health =
            "GET /farthing/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        QTRY_VERIFY_WITH_TIMEOUT(exchange(m_proxy->port(), health).body.find("line 2") != std::string::npos,
                                 10'000);
        QCOMPARE(exchange(m_proxy->port(), post("/v1/embeddings", "{}")).status(), 200);
        m_proxy->writeConfig(QByteArray::fromStdString("{\"upstreams\":{\"new\":{\"base_url\":\"" +
                                                       m_upstream->url() + "\"}}}"));
        QTRY_COMPARE_WITH_TIMEOUT(exchange(m_proxy->port(), post("/up/new/v1/x", "{}")).status(), 200,
                                  10'000);
    }

private:
    std::mutex m_mutex;
    HttpMessage m_seen;
    StubUpstream::Reply m_reply;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyPassthrough)
#include "tst_proxy_passthrough.moc"
