// SPDX-License-Identifier: GPL-3.0-or-later
// Upstreams that answer in a way nobody can rely on, late, or not to the end.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"
#include "integration/proxy/WebSocketPeers.h"

#include <QTest>
#include <cerrno>
#include <thread>
#include <unistd.h>

using namespace farthing;

namespace {

const std::string chatReply = "{\"model\":\"gpt-4o\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                              "\"completion_tokens\":2,\"total_tokens\":9}}";
const std::string chatBody = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

std::string post(const std::string &target, const std::string &version = "1.1")
{
    return "POST " + target + " HTTP/" + version +
           "\r\nHost: 127.0.0.1\r\nContent-Length: " + std::to_string(chatBody.size()) + "\r\n\r\n" +
           chatBody;
}

/// A reply of those header lines, whose connection is closed behind it.
StubUpstream::Reply replyOf(const std::string &headers, const std::string &body)
{
    StubUpstream::Reply reply{
        {"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers + "\r\n" + body}};
    reply.closeAtEnd = true;
    return reply;
}

} // namespace

class TestProxyBroken : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &) {
            const std::lock_guard lock(m_mutex);
            return m_reply;
        });
        for (const auto &[name, path] : {std::pair("OPENAI", "/v1"), {"ANTHROPIC", ""}, {"GEMINI", ""}})
            qputenv(QByteArray("FARTHING_UPSTREAM_") + name,
                    QByteArray::fromStdString(m_upstream->url() + path));
        m_proxy = std::make_unique<FarthingdProcess>();
        m_proxy->writeConfig("{\"limits\":{\"idle_timeout_ms\":1000}}");
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

    void framingIsPassedAsItWasRead_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<bool>("chunks");
        const QByteArray size = QByteArray::number(qulonglong(chatReply.size()));
        QTest::newRow("a length") << QByteArray("Content-Length: " + size + "\r\n") << false;
        QTest::newRow("a length twice")
            << QByteArray("Content-Length: " + size + "\r\nContent-Length: " + size + "\r\n") << false;
        QTest::newRow("a length as a list")
            << QByteArray("Content-Length: " + size + ", " + size + "\r\n") << false;
        QTest::newRow("length and chunks")
            << QByteArray("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") << true;
        QTest::newRow("chunks and length")
            << QByteArray("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n") << true;
    }
    void framingIsPassedAsItWasRead()
    {
        QFETCH(QByteArray, headers);
        QFETCH(bool, chunks);
        m_reply = chunks ? StubUpstream::chunked(200, "application/json", {chatReply})
                         : replyOf(headers.toStdString(), chatReply);
        if (chunks)
            m_reply.pieces[0] =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + headers.toStdString() + "\r\n";
        const HttpMessage reply = exchange(m_proxy->port(), post("/v1/chat/completions"));
        QVERIFY2(reply.complete, reply.head.c_str());
        QCOMPARE(reply.body, chatReply);
        QCOMPARE(reply.headers.contains("content-length"), !chunks);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).usage.input, std::int64_t(7));
    }

    void aHeadThatIsNotWholeIsAReason()
    {
        m_reply = {{"HTTP/1.1 200 OK\r\nContent-"}};
        m_reply.closeAtEnd = true;
        const HttpMessage reply = exchange(m_proxy->port(), post("/v1/chat/completions"));
        QCOMPARE(reply.status(), 502);
        QVERIFY2(reply.body.find("before the head of a reply was whole") != std::string::npos,
                 reply.body.c_str());
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).status, 502);
        QVERIFY(!m_proxy->events().at(0).error.empty());
    }

    void aLengthThatCannotBeBelievedIsRefused_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("two") << QByteArray("Content-Length: 5\r\nContent-Length: 6\r\n")
                             << QByteArray("/v1/chat/completions") << QByteArray("farthing_error");
        QTest::newRow("two, at Anthropic's")
            << QByteArray("Content-Length: 5, 6\r\n") << QByteArray("/v1/messages")
            << QByteArray("\"type\":\"error\"");
        QTest::newRow("no number") << QByteArray("Content-Length: five\r\n")
                                   << QByteArray("/v1/chat/completions") << QByteArray("farthing_error");
        QTest::newRow("a number and more")
            << QByteArray("Content-Length: 5x\r\n") << QByteArray("/v1/chat/completions")
            << QByteArray("farthing_error");
    }
    void aLengthThatCannotBeBelievedIsRefused()
    {
        QFETCH(QByteArray, headers);
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, error);
        m_reply = replyOf(headers.toStdString(), chatReply);
        const HttpMessage reply = exchange(m_proxy->port(), post(target.toStdString()));
        QCOMPARE(reply.status(), 502);
        QVERIFY2(QByteArray::fromStdString(reply.body).contains(error), reply.body.c_str());
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(1));
        QCOMPARE(m_proxy->events().at(0).status, 502);
        QVERIFY(!m_proxy->events().at(0).error.empty());
    }

    void noLineOfAHeadPassesForAnother()
    {
        m_reply = replyOf("X-Bare: a\rX-Injected: 1\r\nX-Space : b\r\nX-Folded: c\r\n d\r\nContent-Length: " +
                              std::to_string(chatReply.size()) + "\r\n",
                          chatReply);
        const HttpMessage reply = exchange(m_proxy->port(), post("/v1/chat/completions"));
        QCOMPARE(reply.body, chatReply);
        for (const char *line : {"X-Bare: a X-Injected: 1\r\n", "X-Space: b\r\n", "X-Folded: c d\r\n"})
            QVERIFY2(reply.head.find(line) != std::string::npos, reply.head.c_str());
    }

    void anUpstreamThatIsTooSlowIsATimeout()
    {
        m_reply = StubUpstream::plain(200, "application/json", chatReply);
        m_reply.pieces.insert(m_reply.pieces.begin(), "");
        m_reply.pause = std::chrono::seconds(20);
        const HttpMessage reply = exchange(m_proxy->port(), post("/v1/chat/completions"));
        QCOMPARE(reply.status(), 504);
        QVERIFY2(reply.body.find("upstream_timeout") != std::string::npos, reply.body.c_str());
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).status, 504);
    }

    /// A reset may overtake what was said before it (RFC 9112, 9.6): of an upstream that waits no call is
    /// lost, of one that closes at once hardly any.
    void aRefusalOfABodyThatIsStillSentArrives_data()
    {
        QTest::addColumn<int>("lingerMs");
        QTest::addColumn<int>("least");
        QTest::newRow("the upstream waits") << 100 << 20;
        QTest::newRow("the upstream closes at once") << 0 << 6;
    }
    void aRefusalOfABodyThatIsStillSentArrives()
    {
        QFETCH(int, lingerMs);
        QFETCH(int, least);
        ScriptedUpstream refusing([lingerMs](int socket, const std::string &) {
            sendAll(socket, "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 2\r\n"
                            "Connection: close\r\n\r\n{}");
            std::this_thread::sleep_for(std::chrono::milliseconds(lingerMs));
        });
        FarthingdProcess proxy;
        proxy.writeConfig("{\"upstreams\":{\"own\":{\"base_url\":\"http://127.0.0.1:" +
                          QByteArray::number(refusing.port()) + "/v1\"}}}");
        QVERIFY2(proxy.start(), proxy.log().constData());
        const std::string body(10'000'000, 'x');
        int refused = 0;
        for (int i = 0; i < 20; ++i) {
            const HttpMessage reply =
                exchange(proxy.port(), "POST /up/own/files HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                                           std::to_string(body.size()) + "\r\n\r\n" + body);
            refused += reply.status() == 413 ? 1 : 0;
        }
        QVERIFY2(refused >= least, QByteArray::number(refused).constData());
    }

    void whatCameBeforeAnUpstreamBrokeOffArrives_data()
    {
        QTest::addColumn<QByteArray>("version");
        QTest::addColumn<QByteArray>("framing");
        QTest::addColumn<bool>("reset");
        QTest::newRow("length") << QByteArray("1.1") << QByteArray("Content-Length: 9000000\r\n") << false;
        QTest::newRow("chunks") << QByteArray("1.1") << QByteArray("Transfer-Encoding: chunked\r\n") << false;
        QTest::newRow("until the connection ends")
            << QByteArray("1.0") << QByteArray("Transfer-Encoding: chunked\r\n") << true;
    }
    void whatCameBeforeAnUpstreamBrokeOffArrives()
    {
        QFETCH(QByteArray, version);
        QFETCH(QByteArray, framing);
        QFETCH(bool, reset);
        const std::string block(100'000, 'x');
        m_reply = replyOf(framing.toStdString(), "");
        for (int i = 0; i < 10; ++i)
            m_reply.pieces.push_back(framing.startsWith('T') ? "186a0\r\n" + block + "\r\n" : block);
        const int client = connectTo(m_proxy->port());
        QVERIFY(sendAll(client, post("/v1/embeddings", version.toStdString())));
        QTest::qWait(500);
        std::string received;
        char bytes[16384];
        ssize_t n = 0;
        while ((n = ::read(client, bytes, sizeof bytes)) > 0)
            received.append(bytes, static_cast<std::size_t>(n));
        QCOMPARE(n < 0 && errno == ECONNRESET, reset);
        ::close(client);
        QCOMPARE(std::ranges::count(received.substr(received.find("\r\n\r\n")), 'x'), 1'000'000);
        QVERIFY(!received.ends_with("0\r\n\r\n"));
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().at(0).status, status::upstreamBroke);
    }

    void aSlowUploadIsNoOverhead()
    {
        m_reply = StubUpstream::plain(200, "application/json", chatReply);
        const int client = connectTo(m_proxy->port());
        const std::string request = post("/v1/chat/completions");
        QVERIFY(sendAll(client, request.substr(0, request.size() - 10)));
        QTest::qWait(400);
        QVERIFY(sendAll(client, request.substr(request.size() - 10)));
        std::string rest;
        QCOMPARE(readMessage(client, rest).status(), 200);
        ::close(client);
        QVERIFY(m_proxy->stop());
        QVERIFY(m_proxy->events().at(0).latencyUs >= 300'000);
        QVERIFY2(m_proxy->events().at(0).overheadUs < 200'000,
                 qPrintable(QString::number(m_proxy->events().at(0).overheadUs)));
    }

    void spansStayOnThisMachine()
    {
        m_reply = StubUpstream::plain(200, "application/json", "{}");
        for (const char *path : {"/otlp/v1/traces", "/otlp", "/otlp/"}) {
            const HttpMessage reply = exchange(m_proxy->port(), post(path));
            QVERIFY(reply.status() == 404 || reply.status() == 415);
            QVERIFY2(reply.body.find("\"message\"") != std::string::npos, reply.body.c_str());
        }
        QCOMPARE(m_upstream->received(), 0);
    }

private:
    std::mutex m_mutex;
    StubUpstream::Reply m_reply;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyBroken)
#include "tst_proxy_broken.moc"
