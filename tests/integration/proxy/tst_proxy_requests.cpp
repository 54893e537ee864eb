// SPDX-License-Identifier: GPL-3.0-or-later
// Requests as they are met: what could smuggle another one is refused in the provider's words, nothing of it
// reaches an upstream, and what is merely unusual passes.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QTest>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace farthing;

namespace {

const QByteArray host = "Host: localhost\r\n";
const QByteArray post = "POST /v1/x HTTP/1.1\r\n" + host;
const QByteArray smuggled = "GET /v1/smuggled HTTP/1.1\r\n" + host + "\r\n";

/// What comes back until the connection ends, or nothing more comes for a while.
std::string answerTo(int port, const QByteArray &bytes, std::chrono::milliseconds quiet)
{
    const int socket = connectTo(port);
    std::thread sending([socket, &bytes] {
        sendAll(socket, {bytes.constData(), std::size_t(bytes.size())});
    });
    std::string answer;
    pollfd ready = {socket, POLLIN, 0};
    char buffer[65536];
    while (::poll(&ready, 1, static_cast<int>(quiet.count())) > 0) {
        const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
        if (n <= 0)
            break;
        answer.append(buffer, static_cast<std::size_t>(n));
    }
    ::shutdown(socket, SHUT_RDWR);
    sending.join();
    ::close(socket);
    return answer;
}

std::vector<int> statusesIn(const std::string &answer)
{
    std::vector<int> statuses;
    for (auto at = answer.find("HTTP/1.1 "); at != std::string::npos; at = answer.find("HTTP/1.1 ", at + 1))
        statuses.push_back(std::stoi(answer.substr(at + 9, 3)));
    return statuses;
}

nlohmann::json bodyOf(const std::string &answer)
{
    const auto at = answer.find("\r\n\r\n");
    return nlohmann::json::parse(at == std::string::npos ? "" : answer.substr(at + 4), nullptr, false);
}

} // namespace

class TestProxyRequests : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_upstream = std::make_unique<StubUpstream>([this](const HttpMessage &request) {
            const std::lock_guard lock(m_mutex);
            m_seen.push_back(request);
            return StubUpstream::plain(200, "application/json", "{}");
        });
        for (const auto &[name, path] : {std::pair("OPENAI", "/v1"), {"ANTHROPIC", ""}, {"GEMINI", ""}})
            qputenv(QByteArray("FARTHING_UPSTREAM_") + name,
                    QByteArray::fromStdString(m_upstream->url() + path));
        m_proxy = std::make_unique<FarthingdProcess>();
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    void init()
    {
        const std::lock_guard lock(m_mutex);
        m_seen.clear();
    }
    void cleanupTestCase()
    {
        QVERIFY2(m_proxy->stop(), m_proxy->log().constData());
        m_proxy.reset();
        m_upstream.reset();
    }

    void anEmptyLineBeforeARequestIsIgnored_data()
    {
        QTest::addColumn<QByteArray>("before");
        QTest::addColumn<int>("second");
        QTest::newRow("none") << QByteArray() << 200;
        QTest::newRow("one") << QByteArray("\r\n") << 200;
        QTest::newRow("two") << QByteArray("\r\n\r\n") << 400;
        QTest::newRow("CR alone") << QByteArray("\r") << 400;
    }
    /// RFC 9112 section 2.2
    void anEmptyLineBeforeARequestIsIgnored()
    {
        QFETCH(QByteArray, before);
        QFETCH(int, second);
        const std::string one = (post + "Content-Length: 2\r\n\r\n{}").toStdString();
        const int client = connectTo(m_proxy->port());
        QVERIFY(sendAll(client, one));
        std::string rest;
        QCOMPARE(readMessage(client, rest).status(), 200);
        for (const char c : before.toStdString()) {
            QVERIFY(sendAll(client, std::string(1, c)));
            QTest::qWait(20);
        }
        QVERIFY(sendAll(client, one));
        QCOMPARE(readMessage(client, rest).status(), second);
        ::close(client);
    }

    void whatCouldSmuggleIsRefused_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<int>("status");
        const auto row = [](const char *name, const QByteArray &request, int status = 400) {
            QTest::newRow(name) << request << status;
        };
        const QByteArray ends = "\r\n\r\n0\r\n\r\n" + smuggled;
        const QByteArray chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
        const QByteArray last = "\r\n{}\r\n0\r\n\r\n" + smuggled;

        row("length and chunks", post + "Content-Length: 4\r\nTransfer-Encoding: chunked" + ends);
        row("chunks and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 4" + ends);
        row("space before the colon of the coding", post + "Transfer-Encoding : chunked" + ends);
        row("vertical tab in the coding", post +
                                              "Transfer-Encoding: \x0b"
                                              "chunked" +
                                              ends);
        row("NUL in the coding", post + QByteArray("Transfer-Encoding: chunked\0", 27) + ends);
        row("parameter of the coding", post + "Transfer-Encoding: chunked;q=1" + ends, 501);
        row("coding by a lookalike", post + "Transfer_Encoding: chunked" + ends);
        row("length by a lookalike", post + "content_length: 4" + ends);
        row("two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x");
        row("a list of lengths that differ", post + "Content-Length: 2, 3\r\n\r\n{}x");
        for (const char *length : {"+2", "-2", "2 2", "0x2", "", "2;", "2.0", "18446744073709551618"})
            row(qPrintable(QString("length '%1'").arg(length)),
                post + "Content-Length: " + length + "\r\n\r\n{}" + smuggled);
        row("space before the colon of the length", post + "Content-Length : 2\r\n\r\n{}");
        row("lines that end in LF", "POST /v1/x HTTP/1.1\nHost: localhost\nContent-Length: 2\n\n{}");
        row("one line that ends in LF", post + "X: a\nContent-Length: 2\r\n\r\n{}");
        row("CR alone", post + "X: a\rContent-Length: 5\r\nContent-Length: 2\r\n\r\n{}");
        row("NUL in a value", post + QByteArray("X: a\0b\r\n\r\n", 10));
        row("NUL in a name", post + QByteArray("X\0Y: a\r\n\r\n", 10));
        row("space before a colon", post + "X : a\r\n\r\n");
        row("a header without a colon", post + "X\r\n\r\n");
        row("a header without a name", post + ": a\r\n\r\n");
        row("a name beyond ASCII", post + "X-\xc3\xa9: a\r\n\r\n");
        for (const char *size : {"0x2", "-2", "+2", " 2", "2 ", "", "g", "10000000000000002"})
            row(qPrintable(QString("chunk of '%1'").arg(size)), chunked + size + last);
        row("a chunk of all there is", chunked + "ffffffffffffffff" + last, 413);
        row("a chunk's extension that ends in LF", chunked + "2;a\n{}\r\n0\r\n\r\n");
        row("a chunk with more than it says", chunked + "2\r\n{}x\r\n0\r\n\r\n");
        row("a trailer that is a length", chunked + "2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n" + smuggled);
        row("HTTP/0.9", "GET /v1/x\r\n\r\n");
        row("HTTP/1.2", "GET /v1/x HTTP/1.2\r\n" + host + "\r\n");
        row("HTTP/2 in clear text", QByteArray("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33));
        row("TLS", QByteArray("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + QByteArray(100, 'a'));
        row("a tab for a space", "GET\t/v1/x HTTP/1.1\r\n" + host + "\r\n");
        row("a space in the target", "GET /v1/a b HTTP/1.1\r\n" + host + "\r\n");
        row("a line's end in the target", "GET /v1/x\nHost: HTTP/1.1\r\n" + host + "\r\n");
        row("another host's address", "GET http://evil.example/v1/x HTTP/1.1\r\n" + host + "\r\n", 403);
        row("a tunnel", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n", 403);
        row("a tunnel to here", "CONNECT 127.0.0.1:80 HTTP/1.1\r\n" + host + "\r\n", 403);
        row("a path that climbs", "GET /v1/up/../../x HTTP/1.1\r\n" + host + "\r\n");
        row("one in a token's place", "GET /t/../v1/x HTTP/1.1\r\n" + host + "\r\n");
        row("an encoded one", "GET /v1/%2e%2E/x HTTP/1.1\r\n" + host + "\r\n");
        row("the server itself", "OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 403);
        row("a host with a user", "GET /v1/x HTTP/1.1\r\nHost: evil.example@localhost\r\n\r\n", 403);
        row("a host of two words", "GET /v1/x HTTP/1.1\r\nHost: localhost evil.example\r\n\r\n", 403);
        row("headers past the limit", post + "X: " + QByteArray(70'000, 'x') + "\r\n\r\n", 431);
        row("many headers past the limit", post + QByteArray("X: y\r\n").repeated(20'000) + "\r\n", 431);
        row("a chunk's extension without end", chunked + "2;" + QByteArray(5'000'000, 'a'));
        row("a chunk's extension past the limit", chunked + "2;" + QByteArray(70'000, 'a') + last, 431);
        row("extensions past the limit",
            chunked + ("1;" + QByteArray(6'000, 'a') + "\r\n{\r\n").repeated(20) + "0\r\n\r\n", 431);
        row("trailers past the limit",
            chunked + "2\r\n{}\r\n0\r\n" + QByteArray("X-Y: z\r\n").repeated(20'000) + "\r\n", 431);
    }
    void whatCouldSmuggleIsRefused()
    {
        QFETCH(QByteArray, request);
        QFETCH(int, status);
        const std::string answer = answerTo(m_proxy->port(), request, std::chrono::seconds(8));
        const std::vector<int> statuses = statusesIn(answer);
        QCOMPARE(statuses, std::vector<int>{status});
        const auto body = bodyOf(answer);
        QVERIFY2(body.is_object() && body["error"]["type"] == "farthing_error", answer.c_str());
        QVERIFY(!body["error"]["message"].get<std::string>().empty());
        const std::lock_guard lock(m_mutex);
        QCOMPARE(m_seen.size(), std::size_t(0));
    }

    void whatIsUnusualPasses_data()
    {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("seen");
        QTest::addColumn<QByteArray>("body");
        const QByteArray chunked = post + "Transfer-Encoding: chunked\r\n\r\n";
        const auto row = [](const char *name, const QByteArray &request, const QByteArray &seen,
                            const QByteArray &body = "{}") {
            QTest::newRow(name) << request << seen << body;
        };
        row("the same length twice", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            "\r\nContent-Length: 2\r\n\r\n");
        row("the same length as a list", post + "Content-Length: 2, 2\r\n\r\n{}",
            "\r\nContent-Length: 2\r\n\r\n");
        row("a length with blanks", post + "Content-Length:\t 2 \t\r\n\r\n{}",
            "\r\nContent-Length: 2\r\n\r\n");
        row("a coding in capitals", post + "TRANSFER-ENCODING: CHUNKED\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "\r\nContent-Length: 2\r\n\r\n");
        row("a folded coding", post + "Transfer-Encoding:\r\n chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            "\r\nContent-Length: 2\r\n\r\n");
        row("a fold that looks like a coding",
            post + "X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
            "\r\nX: a Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n");
        row("a chunk's extension", chunked + "2;a=b;c=\"d\"\r\n{}\r\n0\r\n\r\n",
            "\r\nContent-Length: 2\r\n\r\n");
        row("a header with an underscore", post + "X_Y: a\r\nContent-Length: 2\r\n\r\n{}", "\r\nX_Y: a\r\n");
        row("a value beyond ASCII", post + "X: \xc3\xa9 \xff\r\nContent-Length: 2\r\n\r\n{}",
            "\r\nX: \xc3\xa9 \xff\r\n");
        row("headers of 60 KB", post + "X: " + QByteArray(60'000, 'x') + "\r\nContent-Length: 2\r\n\r\n{}",
            "\r\nX: " + QByteArray(60'000, 'x') + "\r\n");
        row("an offer of HTTP/2",
            post +
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                "Content-Length: 2\r\n\r\n{}",
            "POST /v1/x HTTP/1.1\r\nHost: 127.0.0.1:" + QByteArray::number(m_upstream->port()) +
                "\r\nContent-Length: 2\r\n\r\n");
        row("an offer of a web socket",
            "GET /v1/realtime HTTP/1.1\r\n" + host + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1:" + QByteArray::number(m_upstream->port()) +
                "\r\n\r\n",
            "");
        row("two slashes", "GET //evil.example/x HTTP/1.1\r\n" + host + "\r\n",
            "GET /v1//evil.example/x HTTP", "");
        row("this proxy's own address",
            "GET http://127.0.0.1:" + QByteArray::number(m_proxy->port()) + "/v1/x HTTP/1.1\r\n" + host +
                "\r\n",
            "GET /v1/x HTTP", "");
        row("a user's sign in the path", "GET /@evil.example/x HTTP/1.1\r\n" + host + "\r\n",
            "GET /v1/@evil.example/x HTTP", "");
    }
    void whatIsUnusualPasses()
    {
        QFETCH(QByteArray, request);
        QFETCH(QByteArray, seen);
        QFETCH(QByteArray, body);
        const std::string answer =
            answerTo(m_proxy->port(), request + smuggled, std::chrono::milliseconds(1000));
        QCOMPARE(statusesIn(answer), (std::vector<int>{200, 200}));
        QVERIFY2(answer.find("upgrade") == std::string::npos && answer.find("Upgrade") == std::string::npos,
                 answer.c_str());
        const std::lock_guard lock(m_mutex);
        QCOMPARE(m_seen.size(), std::size_t(2));
        QVERIFY2(m_seen[0].head.find(seen.toStdString()) != std::string::npos, m_seen[0].head.c_str());
        QCOMPARE(QByteArray::fromStdString(m_seen[0].body), body);
        QCOMPARE(m_seen[1].startLine, std::string("GET /v1/smuggled HTTP/1.1"));
    }

    void aRefusalSpeaksAsTheProviderThatWasMeant_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("member");
        QTest::newRow("OpenAI") << QByteArray("/v1/chat/completions") << QByteArray("/error/param");
        QTest::newRow("Anthropic") << QByteArray("/v1/messages") << QByteArray("/error/type");
        QTest::newRow("Gemini") << QByteArray("/v1beta/models/m:generateContent")
                                << QByteArray("/error/status");
    }
    void aRefusalSpeaksAsTheProviderThatWasMeant()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, member);
        const QByteArray line = "POST " + target + " HTTP/1.1\r\n";
        for (const auto &[request, status] :
             {std::pair(line + host + "Content-Length: 99999999999\r\n\r\n", 413),
              {line + host + "Transfer-Encoding: gzip\r\n\r\n", 501},
              {line + "Host: evil.example\r\n\r\n", 403},
              {line + host + "X : y\r\n\r\n", 400},
              {line + host + "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400}}) {
            const std::string answer = answerTo(m_proxy->port(), request, std::chrono::seconds(5));
            QCOMPARE(statusesIn(answer), std::vector<int>{status});
            const auto body = bodyOf(answer);
            QVERIFY2(body.contains(nlohmann::json::json_pointer(member.toStdString())), answer.c_str());
            QCOMPARE(body.value("type", ""), std::string(target == "/v1/messages" ? "error" : ""));
        }
    }

    void aClientThatStillSendsSeesWhyItIsRefused()
    {
        const QByteArray body(70'000'000, 'x');
        const std::string answer = answerTo(m_proxy->port(), post + "Content-Length: 70000000\r\n\r\n" + body,
                                            std::chrono::seconds(5));
        QCOMPARE(statusesIn(answer), std::vector<int>{413});
        QVERIFY2(answer.find("max_body_bytes") != std::string::npos, answer.c_str());
    }

    void aBodyOf32MegabytesPasses_data()
    {
        QTest::addColumn<bool>("chunked");
        QTest::newRow("with its length") << false;
        QTest::newRow("in chunks") << true;
    }
    void aBodyOf32MegabytesPasses()
    {
        QFETCH(bool, chunked);
        QByteArray body(32 * 1024 * 1024, ' ');
        for (qsizetype i = 0; i < body.size(); i += 4093)
            body[i] = static_cast<char>('a' + i % 26);
        const QByteArray size = QByteArray::number(body.size(), chunked ? 16 : 10);
        const QByteArray request =
            chunked ? post + "Transfer-Encoding: chunked\r\n\r\n" + size + "\r\n" + body + "\r\n0\r\n\r\n"
                    : post + "Content-Length: " + size + "\r\n\r\n" + body;
        const HttpMessage reply = exchange(m_proxy->port(), request.toStdString());
        QCOMPARE(reply.status(), 200);
        const std::lock_guard lock(m_mutex);
        QCOMPARE(m_seen.size(), std::size_t(1));
        QVERIFY(m_seen[0].body == body.toStdString());
    }

    void aClientThatExpectsToGoOnIsToldTo()
    {
        const int client = connectTo(m_proxy->port());
        QVERIFY(sendAll(client, (post + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").toStdString()));
        char bytes[64] = {};
        const ssize_t n = ::recv(client, bytes, sizeof bytes, 0);
        QCOMPARE(QByteArray(bytes, n), QByteArray("HTTP/1.1 100 Continue\r\n\r\n"));
        QVERIFY(sendAll(client, "{}"));
        std::string rest;
        QCOMPARE(readMessage(client, rest).status(), 200);
        ::close(client);
        const std::lock_guard lock(m_mutex);
        QCOMPARE(m_seen.size(), std::size_t(1));
        QVERIFY(!m_seen[0].headers.contains("expect"));
        QCOMPARE(m_seen[0].body, std::string("{}"));
    }

    void aClientThatMustNotGoOnIsNotToldTo()
    {
        const std::string answer =
            answerTo(m_proxy->port(), post + "Expect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n",
                     std::chrono::seconds(8));
        QCOMPARE(statusesIn(answer), std::vector<int>{413});
    }

    void anHttp10ClientGetsOneReplyAndTheEnd_data()
    {
        QTest::addColumn<QByteArray>("headers");
        QTest::newRow("as it is") << QByteArray();
        QTest::newRow("though it would keep the connection") << QByteArray("Connection: keep-alive\r\n");
    }
    void anHttp10ClientGetsOneReplyAndTheEnd()
    {
        QFETCH(QByteArray, headers);
        const int client = connectTo(m_proxy->port());
        QVERIFY(sendAll(client, ("GET /v1/models HTTP/1.0\r\n" + headers + "\r\n").toStdString()));
        std::string answer;
        char bytes[4096];
        for (ssize_t n = 0; (n = ::recv(client, bytes, sizeof bytes, 0)) > 0;)
            answer.append(bytes, static_cast<std::size_t>(n));
        ::close(client);
        QCOMPARE(statusesIn(answer), std::vector<int>{200});
        QVERIFY2(answer.find("Connection: close\r\n") != std::string::npos, answer.c_str());
        QVERIFY(answer.ends_with("\r\n\r\n{}"));
    }

private:
    std::mutex m_mutex;
    std::vector<HttpMessage> m_seen;
    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyRequests)
#include "tst_proxy_requests.moc"
