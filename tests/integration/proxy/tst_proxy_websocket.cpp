// SPDX-License-Identifier: GPL-3.0-or-later
// WebSockets through farthingd: the bytes pass as they are, and what breaks on one side is seen to break on
// the other.
#include "integration/proxy/RealtimeFixture.h"
#include "integration/proxy/TestCertificates.h"
#include "tests/Sanitized.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QTest>
#include <thread>

using namespace farthing;

class TestProxyWebSocket : public QObject, private RealtimeFixture
{
    Q_OBJECT

private slots:
    void cleanup() { end(); }

    void theHandshakeAndAllBytesPassAsTheyAre()
    {
        std::string seen;
        const std::string early = webSocketFrame("early");
        serve([&](int socket, const std::string &head) {
            seen = head;
            sendAll(socket, switching + "X-Own: a  b\r\n\r\n" + early);
            for (Heard heard = hear(socket, 100'000); !heard.bytes.empty();
                 heard = hear(socket, 100'000, 300))
                sendAll(socket, heard.bytes);
        });
        std::string head;
        const int socket = open(head,
                                "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-abcdef\r\n"
                                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                                "X-Farthing-Feature: f\r\n",
                                "/w/calls/v1/realtime?model=gpt-realtime&x=%20");
        QVERIFY2(head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"), head.c_str());
        for (const char *line :
             {"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n", "\r\nConnection: Upgrade\r\n",
              "\r\nUpgrade: websocket\r\n", "\r\nX-Own: a  b\r\n", "\r\nX-Farthing-Event-Id: "})
            QVERIFY2(head.find(line) != std::string::npos, head.c_str());
        QVERIFY2(seen.starts_with("GET /v1/realtime?model=gpt-realtime&x=%20 HTTP/1.1\r\nHost: 127.0.0.1:" +
                                  std::to_string(m_upstream->port()) + "\r\n"),
                 seen.c_str());
        for (const char *line :
             {"\r\nConnection: Upgrade\r\n", "\r\nUpgrade: websocket\r\n",
              "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
              "\r\nSec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-abcdef\r\n",
              "\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"})
            QVERIFY2(seen.find(line) != std::string::npos, seen.c_str());
        QVERIFY(seen.find("X-Farthing") == std::string::npos);

        QCOMPARE(hear(socket, early.size()).bytes, early);
        const std::string bytes = webSocketFrame("ping", 0x89, true) +
                                  webSocketFrame("reserved", 0xf1, true) +
                                  webSocketFrame(randomBytes(1 << 20), 0x82, true) + randomBytes(300'000);
        std::thread sender([&] { sendAll(socket, bytes); });
        const std::string echoed = hear(socket, bytes.size()).bytes;
        sender.join();
        QVERIFY(echoed == bytes);
        ::close(socket);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(1));
        QCOMPARE(events[0].status, 101);
        QCOMPARE(events[0].endpoint, std::string("realtime"));
        QCOMPARE(events[0].workflow, std::string("calls"));
        QCOMPARE(events[0].feature, std::string("f"));
        QCOMPARE(events[0].requestModel, std::string("gpt-realtime"));
        QVERIFY(events[0].priced && events[0].cost == Money());
    }

    void oneCountsAsAConnectionWhileItIsOpen()
    {
        serve(
            [](int socket, const std::string &) {
                sendAll(socket, switching + "\r\n");
                hear(socket, 1);
            },
            {{"max_connections", 1}});
        std::string head;
        const int first = open(head);
        QVERIFY2(head.starts_with("HTTP/1.1 101 "), head.c_str());
        ::close(open(head));
        QVERIFY2(head.starts_with("HTTP/1.1 503 "), head.c_str());
        ::close(first);
        bool isServed = false;
        const auto tryAgain = [&] {
            if (!isServed)
                ::close(open(head));
            return isServed = isServed || head.starts_with("HTTP/1.1 101 ");
        };
        QTRY_VERIFY2(tryAgain(), head.c_str());
    }

    void aSlowReaderHoldsTheUpstreamBack()
    {
        constexpr std::size_t messages = 48;
        const std::string message = webSocketFrame(audio("r1", 1 << 20));
        std::atomic<std::size_t> sent = 0;
        serve([&](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(created("r1")));
            for (std::size_t i = 0; i < messages && sendAll(socket, message); ++i)
                ++sent;
            hear(socket, 1);
        });
        std::string head;
        const int socket = open(head);
        const qint64 before = m_proxy->memory();
        QTest::qWait(500);
        QVERIFY2(sent < messages / 2, std::to_string(sent).c_str());
        QVERIFY2(isSanitized || m_proxy->memory() - before < 4 << 20,
                 std::to_string(m_proxy->memory() - before).c_str());
        const std::size_t whole = webSocketFrame(created("r1")).size() + messages * message.size();
        QCOMPARE(hear(socket, whole).bytes.size(), whole);
        QVERIFY2(isSanitized || m_proxy->memory("VmHWM") - before < 8 << 20,
                 std::to_string(m_proxy->memory("VmHWM") - before).c_str());
        ::close(socket);
    }

    void anUpstreamsResetIsAReset()
    {
        serve([](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(session) + webSocketFrame(created("r1")) +
                                webSocketFrame(audio("r1", 32'000)) + webSocketFrame("half").substr(0, 4));
            QTest::qSleep(100);
            const linger reset{1, 0};
            ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        });
        std::string head;
        const int socket = open(head);
        const Heard heard = hear(socket, 1 << 20);
        QVERIFY(heard.reset && !heard.ended);
        QVERIFY(heard.bytes.ends_with(webSocketFrame("half").substr(0, 4)));
        ::close(socket);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[1].status, status::upstreamBroke);
        QCOMPARE(events[1].usageSource, UsageSource::Estimated);
        QCOMPARE(events[1].usage.outputAudio, std::int64_t(9)); // 32,000 bytes of Base64, less what is around
        QVERIFY(events[1].cost && events[1].cost->nanoUsd() == 9 * 64'000);
    }

    void anUpstreamThatAnswersNoFarewellIsNotWaitedFor()
    {
        std::atomic<bool> over = false;
        serve([&](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(created("r1")));
            hear(socket, 1'000'000, 20'000); // and says nothing, until it is reset
            over = true;
        });
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(created("r1")).size());
        sendAll(socket, webSocketFrame(std::string("\x03\xe8", 2), 0x88, true));
        QElapsedTimer timer;
        timer.start();
        QTRY_VERIFY_WITH_TIMEOUT(over, 20'000); // it is waited for, told, and heard out
        QVERIFY2(timer.elapsed() < 13'000, qPrintable(QString::number(timer.elapsed())));
        ::close(socket);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[1].status, status::clientClosed);
    }

    void aClientsHangUpReachesTheUpstream()
    {
        std::atomic<bool> ended = false;
        serve([&](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(created("r1")));
            const Heard heard = hear(socket, 1);
            ended = heard.ended || heard.reset;
        });
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(created("r1")).size());
        ::close(socket);
        QTRY_VERIFY(ended);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[1].status, status::clientClosed);
    }

    void aRefusalIsAReplyAsAnyOther()
    {
        const std::string key = "ek-1234567890abcdefghij";
        serve([&](int socket, const std::string &) {
            const std::string body =
                R"({"error":{"message":"bad key )" + key + R"(","code":"invalid_api_key"}})";
            sendAll(socket, "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nX-Own: 1\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n" +
                                QString::number(body.size(), 16).toStdString() + "\r\n" + body +
                                "\r\n0\r\n\r\n");
            hear(socket, 1);
        });
        const int socket = connectTo(m_proxy->port());
        for (int i = 0; i < 2; ++i) { // the client's connection stays
            sendAll(socket, "GET /v1/realtime HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
                            "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key." +
                                key + "\r\n\r\n");
            std::string rest;
            const HttpMessage reply = readMessage(socket, rest);
            QCOMPARE(reply.status(), 401);
            QCOMPARE(reply.headers.at("x-own"), std::string("1"));
            QVERIFY(reply.complete && reply.body.find(key) != std::string::npos);
        }
        ::close(socket);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[0].status, 401);
        QCOMPARE(events[0].error, std::string("invalid_api_key: bad key ***"));
        QDirIterator files(m_proxy->folder(), QDir::Files, QDirIterator::Subdirectories);
        for (int count = 0; files.hasNext(); ++count) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().contains(key.c_str()), qPrintable(file.fileName()));
        }
    }

    void whatIsDownOrHangsIsSaid()
    {
        serve("http://127.0.0.1:" + std::to_string(TlsServer::freePort()), {{"idle_timeout_ms", 200}});
        std::string head;
        ::close(open(head));
        QVERIFY2(head.starts_with("HTTP/1.1 502 "), head.c_str());
        serve([](int socket, const std::string &) { hear(socket, 1); }, {{"idle_timeout_ms", 200}});
        ::close(open(head));
        QVERIFY2(head.starts_with("HTTP/1.1 504 "), head.c_str());
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(1));
        QCOMPARE(events[0].status, 504);
    }

    void aPageInABrowserIsRefused()
    {
        serve([](int, const std::string &) {});
        std::string head;
        ::close(open(head, "Origin: https://evil.example\r\n"));
        QVERIFY2(head.starts_with("HTTP/1.1 403 "), head.c_str());
        QCOMPARE(m_upstream->connections(), 0);
        QVERIFY(stopped().empty());
    }

    void silenceEnds()
    {
        serve(
            [](int socket, const std::string &) {
                sendAll(socket, switching + "\r\n");
                hear(socket, 8, 20'000);
            },
            {{"websocket_idle_timeout_ms", 300}});
        std::string head;
        const int socket = open(head);
        const Heard heard = hear(socket, 8);
        QCOMPARE(heard.bytes, std::string("\x88\x02\x03\xe9", 4));
        QVERIFY(heard.ended);
        ::close(socket);
    }
};

QTEST_GUILESS_MAIN(TestProxyWebSocket)
#include "tst_proxy_websocket.moc"
