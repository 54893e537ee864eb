// SPDX-License-Identifier: GPL-3.0-or-later
// SIGTERM while calls go on for longer than the drain: each ends as an event of its own, none by a crash.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"

#include <QElapsedTimer>
#include <QTest>
#include <csignal>
#include <sys/socket.h>
#include <unistd.h>

using namespace farthing;

namespace {

const std::string chatRequest = "{\"model\":\"gpt-4o\",\"stream\":true,\"stream_options\":{\"include_usage\":"
                                "true},\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
const std::string chunk = "data: {\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi "
                          "there\"}}]}\n\n";

std::string post(const std::string &body)
{
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

class TestProxyStop : public QObject
{
    Q_OBJECT

private slots:
    void aCallThatOutlivesTheDrainIsRecorded_data()
    {
        QTest::addColumn<bool>("begun");
        QTest::addColumn<int>("status");
        QTest::newRow("no byte of the reply yet") << false << 503;
        QTest::newRow("in the middle of a stream") << true << status::proxyDied;
    }
    void aCallThatOutlivesTheDrainIsRecorded()
    {
        QFETCH(bool, begun);
        QFETCH(int, status);
        StubUpstream upstream([begun](const HttpMessage &) {
            auto reply = StubUpstream::chunked(200, "text/event-stream", {chunk, chunk});
            if (begun) {
                const std::string beginning = reply.pieces[0] + reply.pieces[1];
                reply.pieces = {beginning, reply.pieces[2], reply.pieces[3]};
            } else
                reply.pieces.insert(reply.pieces.begin(), "");
            reply.pause = std::chrono::seconds(20);
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        proxy.writeConfig("{\"limits\":{\"drain_timeout_ms\":200}}");
        QVERIFY2(proxy.start(), proxy.log().constData());

        const int client = connectTo(proxy.port());
        QVERIFY(sendAll(client, post(chatRequest)));
        QTRY_COMPARE_WITH_TIMEOUT(upstream.received(), 1, 3000);
        std::string received;
        char bytes[4096];
        while (begun && received.find("Hi there") == std::string::npos) {
            const auto n = ::read(client, bytes, sizeof bytes);
            QVERIFY(n > 0);
            received.append(bytes, static_cast<std::size_t>(n));
        }
        QElapsedTimer timer;
        timer.start();
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
        if (begun) {
            QVERIFY(::read(client, bytes, sizeof bytes) <= 0);
        } else {
            std::string rest;
            const HttpMessage reply = readMessage(client, rest);
            QCOMPARE(reply.status(), 503);
            QCOMPARE(reply.headers.at("connection"), std::string("close"));
        }
        ::close(client);

        const auto events = proxy.events();
        QCOMPARE(events.size(), std::size_t(1));
        QCOMPARE(events[0].status, status);
        QVERIFY2(events[0].error.find("stopped") != std::string::npos, events[0].error.c_str());
        QVERIFY(events[0].usageSource == UsageSource::Estimated);
        QVERIFY(events[0].usage.input > 0);
        QCOMPARE(events[0].usage.output > 0, begun);
        QVERIFY(events[0].latencyUs > 0);
    }

    /// The proxy stands still while they come, so that it finds them all at once with the signal.
    void whatWasSentBeforeTheEndIsAnswered_data()
    {
        QTest::addColumn<bool>("isKept");
        QTest::newRow("on kept connections") << true;
        QTest::newRow("on connections that wait to be accepted") << false;
    }
    void whatWasSentBeforeTheEndIsAnswered()
    {
        QFETCH(bool, isKept);
        constexpr int count = 40;
        StubUpstream upstream(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", "{}"); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        std::vector<int> clients;
        std::string rest;
        for (int i = 0; i < count && isKept; ++i) {
            clients.push_back(connectTo(proxy.port()));
            QVERIFY(sendAll(clients.back(), "GET /farthing/v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
            QCOMPARE(readMessage(clients.back(), rest).status(), 200);
        }
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGSTOP), 0);
        for (int i = 0; i < count && !isKept; ++i)
            clients.push_back(connectTo(proxy.port()));
        for (const int client : clients)
            QVERIFY(sendAll(client, post(chatRequest)));
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGTERM), 0);
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGCONT), 0);
        int answered = 0;
        for (const int client : clients) {
            const HttpMessage reply = readMessage(client, rest);
            answered += reply.status() == 200 && reply.headers.at("connection") == "close" ? 1 : 0;
            ::close(client);
        }
        QCOMPARE(answered, count);
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(proxy.events().size(), std::size_t(count));
    }

    void halfAHeadIsNotWaitedFor()
    {
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGSTOP), 0);
        const int client = connectTo(proxy.port());
        QVERIFY(sendAll(client, "POST /v1/chat/completions HTTP/1.1\r\nHost: l"));
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGTERM), 0);
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGCONT), 0);
        QElapsedTimer timer;
        timer.start();
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
        ::close(client);
    }

    /// The reply under way has promised that the connection stays open.
    void whatIsPipelinedBehindAReplyIsAnswered()
    {
        StubUpstream upstream([](const HttpMessage &) {
            auto reply = StubUpstream::chunked(200, "text/event-stream", {chunk, chunk});
            reply.pause = std::chrono::milliseconds(300);
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        const int client = connectTo(proxy.port());
        QVERIFY(sendAll(client, post(chatRequest)));
        std::string rest(1, '\0');
        QCOMPARE(::recv(client, rest.data(), 1, 0), ssize_t(1));
        QVERIFY(sendAll(client, post(chatRequest)));
        QCOMPARE(::kill(static_cast<pid_t>(proxy.pid()), SIGTERM), 0);
        const HttpMessage first = readMessage(client, rest);
        const HttpMessage second = readMessage(client, rest);
        ::close(client);
        QCOMPARE(first.status(), 200);
        QVERIFY(first.complete && !first.headers.contains("connection"));
        QCOMPARE(second.status(), 200);
        QVERIFY(second.complete && second.headers.at("connection") == "close");
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QCOMPARE(proxy.events().size(), std::size_t(2));
    }

    void aClientThatDoesNotReadIsNotWaitedFor()
    {
        const std::string body(32 * 1024 * 1024, ' ');
        StubUpstream upstream(
            [&body](const HttpMessage &) { return StubUpstream::plain(200, "application/json", body); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        proxy.writeConfig("{\"limits\":{\"drain_timeout_ms\":200}}");
        QVERIFY2(proxy.start(), proxy.log().constData());
        const int client = connectTo(proxy.port());
        QVERIFY(sendAll(client, post(chatRequest)));
        QTRY_COMPARE_WITH_TIMEOUT(upstream.received(), 1, 3000);
        QTest::qWait(100);
        QElapsedTimer timer;
        timer.start();
        QVERIFY2(proxy.stop(), proxy.log().constData());
        QVERIFY2(timer.elapsed() < 3000, qPrintable(QString::number(timer.elapsed())));
        ::close(client);
        QCOMPARE(proxy.events().size(), std::size_t(1));
        QCOMPARE(proxy.events().at(0).status, status::proxyDied);
        QVERIFY(proxy.events().at(0).error.find("stopped") != std::string::npos);
    }

    void aCallThatEndsInTimeIsNotBrokenOff()
    {
        StubUpstream upstream([](const HttpMessage &) {
            auto reply = StubUpstream::plain(200, "application/json", "{}");
            reply.pieces.insert(reply.pieces.begin(), "");
            reply.pause = std::chrono::milliseconds(300);
            return reply;
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        const int client = connectTo(proxy.port());
        QVERIFY(sendAll(client, post(chatRequest)));
        QTRY_COMPARE_WITH_TIMEOUT(upstream.received(), 1, 3000);
        QVERIFY2(proxy.stop(), proxy.log().constData());
        std::string rest;
        QCOMPARE(readMessage(client, rest).status(), 200);
        ::close(client);
        QCOMPARE(proxy.events().at(0).status, 200);
    }

    void aRequestThatStillArrivesIsServed()
    {
        StubUpstream upstream(
            [](const HttpMessage &) { return StubUpstream::plain(200, "application/json", "{}"); });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(upstream.url() + "/v1"));
        FarthingdProcess proxy;
        QVERIFY2(proxy.start(), proxy.log().constData());
        const int client = connectTo(proxy.port());
        const std::string request = post(chatRequest);
        QVERIFY(sendAll(client, request.substr(0, request.size() - 10)));
        QTest::qWait(200);
        std::thread rest([client, &request] {
            std::this_thread::sleep_for(std::chrono::milliseconds(400));
            sendAll(client, request.substr(request.size() - 10));
        });
        QVERIFY2(proxy.stop(), proxy.log().constData());
        rest.join();
        std::string unread;
        const HttpMessage reply = readMessage(client, unread);
        ::close(client);
        QCOMPARE(reply.status(), 200);
        QCOMPARE(reply.headers.at("connection"), std::string("close"));
        QCOMPARE(upstream.received(), 1);
    }
};

QTEST_GUILESS_MAIN(TestProxyStop)
#include "tst_proxy_stop.moc"
