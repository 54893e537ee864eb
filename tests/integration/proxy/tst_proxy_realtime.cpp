// SPDX-License-Identifier: GPL-3.0-or-later
// OpenAI's Realtime through farthingd: each response is an event, however the session ends.
#include "integration/proxy/RealtimeFixture.h"
#include "integration/proxy/TestCertificates.h"

#include <QElapsedTimer>
#include <QTest>
#include <algorithm>
#include <thread>
#include <zlib.h>

using namespace farthing;

namespace {

std::string deflated(z_stream &stream, const std::string &text)
{
    std::string out(text.size() + 256, '\0');
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef *>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out - 4); // without 00 00 ff ff
    return out;
}

} // namespace

class TestProxyRealtime : public QObject, private RealtimeFixture
{
    Q_OBJECT

private slots:
    void cleanup() { end(); }

    void eachResponseIsAnEvent_data()
    {
        QTest::addColumn<QByteArray>("extensions");
        QTest::newRow("plain") << QByteArray();
        QTest::newRow("deflated") << QByteArray("Sec-WebSocket-Extensions: permessage-deflate\r\n");
        QTest::newRow("deflated without context")
            << QByteArray("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n");
    }

    void eachResponseIsAnEvent()
    {
        QFETCH(QByteArray, extensions);
        const std::vector<std::string> messages = {
            session,
            created("r1"),
            audio("r1", 200'000),
            R"({"type":"response.output_audio_transcript.delta","response_id":"r1","delta":"Hi"})",
            done("r1"),
            R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i","transcript":"Hello",)"
            R"("usage":{"type":"tokens","total_tokens":30,"input_tokens":20,)"
            R"("input_token_details":{"text_tokens":0,"audio_tokens":20},"output_tokens":10}})",
            created("r2"),
            done("r2", "cancelled"),
            created("r3"),
            done("r3", "failed"),
            R"({"type":"conversation.item.input_audio_transcription.completed","item_id":"i",)"
            R"("usage":{"type":"duration","seconds":3}})"};
        serve([&](int socket, const std::string &) {
            z_stream stream{};
            deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
            std::string out = switching + extensions.toStdString() + "\r\n";
            for (const std::string &message : messages) {
                out += extensions.isEmpty() ? webSocketFrame(message)
                                            : webSocketFrame(deflated(stream, message), 0xc1);
                if (extensions.contains("no_context"))
                    deflateReset(&stream);
            }
            deflateEnd(&stream);
            out += webSocketFrame(std::string("\x03\xe8", 2), 0x88);
            for (std::size_t at = 0; at < out.size(); at += 1501)
                sendAll(socket, std::string_view(out).substr(at, 1501));
            hear(socket, 8);
        });
        std::string head;
        const int socket = open(head, "X-Farthing-User: u-1\r\n");
        std::string heard;
        while (!heard.ends_with(std::string("\x88\x02\x03\xe8", 4))) {
            const Heard more = hear(socket, 1 << 20, 300);
            QVERIFY(!more.ended && !more.reset);
            heard += more.bytes;
            if (more.bytes.empty())
                break;
        }
        sendAll(socket, webSocketFrame(std::string("\x03\xe8", 2), 0x88, true));
        QVERIFY(hear(socket, 1).ended);
        ::close(socket);

        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(6));
        QCOMPARE(events[0].status, 101);
        const CostEvent &first = events[1];
        QCOMPARE(first.status, 200);
        QCOMPARE(first.endpoint, std::string("chat"));
        QCOMPARE(first.requestModel, std::string("gpt-realtime"));
        QCOMPARE(first.responseModel, std::string("gpt-realtime"));
        QCOMPARE(first.workflow, std::string("voice"));
        QCOMPARE(first.user, std::string("u-1"));
        QCOMPARE(first.session, std::string("sess_1"));
        QCOMPARE(first.usageSource, UsageSource::Provider);
        QCOMPARE(first.usage,
                 (TokenUsage{
                     .input = 200, .cachedInput = 64, .inputAudio = 120, .output = 100, .outputAudio = 70}));
        // 16 text at 4, 64 cached at 0.4, 120 audio at 32, 30 text at 16, 70 audio at 64 dollars a million.
        QCOMPARE(first.cost->nanoUsd(), std::int64_t(64'000 + 25'600 + 3'840'000 + 480'000 + 4'480'000));
        QVERIFY(first.ttftUs >= 0 && first.stream);
        const CostEvent &said = events[2];
        QCOMPARE(said.endpoint, std::string("audio"));
        QCOMPARE(said.model(), std::string("gpt-4o-transcribe"));
        QCOMPARE(said.usage, (TokenUsage{.input = 20, .inputAudio = 20, .output = 10}));
        QCOMPARE(said.cost->nanoUsd(), std::int64_t(20 * 6'000 + 10 * 10'000));
        QCOMPARE(events[3].status, 200); // what was cancelled is paid
        QCOMPARE(events[3].usage.output, std::int64_t(100));
        QCOMPARE(events[4].status, status::upstreamBroke);
        QCOMPARE(events[4].error, std::string("server_error: no more"));
        QVERIFY(!events[5].priced); // by the second
        QCOMPARE(events[5].rawUsage, std::string(R"({"type":"duration","seconds":3})"));
        for (const CostEvent &event : events)
            QCOMPARE(std::ranges::count(events, event.eventId, &CostEvent::eventId), 1);
    }

    void itIsMeteredUnderEachOfItsAddresses_data()
    {
        QTest::addColumn<QByteArray>("target");
        QTest::addColumn<QByteArray>("seen");
        QTest::addColumn<QByteArray>("provider");
        QTest::newRow("OpenAI") << QByteArray("/v1/realtime?model=gpt-realtime")
                                << QByteArray("/v1/realtime?model=gpt-realtime") << QByteArray("openai");
        QTest::newRow("Azure") << QByteArray("/up/azure/openai/v1/realtime?model=gpt-realtime")
                               << QByteArray("/openai/v1/realtime?model=gpt-realtime") << QByteArray("azure");
        const QByteArray deployment =
            "/openai/realtime?api-version=2025-04-01-preview&deployment=gpt%2Drealtime";
        QTest::newRow("an Azure deployment") << "/up/azure" + deployment << deployment << QByteArray("azure");
        QTest::newRow("as an HTTP proxy")
            << "http://azure.test" + deployment << deployment << QByteArray("azure");
    }

    void itIsMeteredUnderEachOfItsAddresses()
    {
        QFETCH(QByteArray, target);
        QFETCH(QByteArray, seen);
        QFETCH(QByteArray, provider);
        std::string asked;
        serve([&](int socket, const std::string &head) {
            asked = head;
            sendAll(socket, switching + "\r\n" + webSocketFrame(session) + webSocketFrame(created("r1")) +
                                webSocketFrame(done("r1")) +
                                webSocketFrame(std::string("\x03\xe8", 2), 0x88));
            hear(socket, 8);
        });
        const std::string root = "127.0.0.1:" + std::to_string(m_upstream->port());
        const nlohmann::json azure = {{"base_url", "http://" + root}, {"wire", "openai"}};
        m_proxy->writeConfig(QByteArray::fromStdString(nlohmann::json{
            {"upstreams", {{"openai", {{"base_url", "http://" + root + "/v1"}}}, {"azure", azure}}}}
                                                           .dump()));
        QVERIFY(m_proxy->stop() && m_proxy->start());
        std::string head;
        const int socket = open(head, {}, target.replace("azure.test", root.c_str()).toStdString());
        QVERIFY2(head.starts_with("HTTP/1.1 101 "), head.c_str());
        QVERIFY(hear(socket, 1 << 20, 300).bytes.ends_with(std::string("\x88\x02\x03\xe8", 4)));
        sendAll(socket, webSocketFrame(std::string("\x03\xe8", 2), 0x88, true));
        QVERIFY(hear(socket, 1).ended);
        ::close(socket);
        const auto events = stopped();
        QVERIFY2(asked.starts_with("GET " + seen.toStdString() + " HTTP/1.1\r\nHost: " + root),
                 asked.c_str());
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[0].status, 101);
        QCOMPARE(events[1].provider, provider.toStdString());
        QCOMPARE(events[1].endpoint, std::string("chat"));
        QCOMPARE(events[1].requestModel, std::string("gpt-realtime"));
        QCOMPARE(events[1].usage.inputAudio, std::int64_t(120));
        QVERIFY(events[1].cost.has_value());
    }

    /// The upstream had sent it before it heard of the client's farewell.
    void whatIsDoneBehindAClientsFarewellIsOneEvent_data()
    {
        QTest::addColumn<bool>("isDone");
        QTest::newRow("done") << true;
        QTest::newRow("not done") << false;
    }

    void whatIsDoneBehindAClientsFarewellIsOneEvent()
    {
        QFETCH(bool, isDone);
        const std::string farewell("\x03\xe8", 2);
        serve([&](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(session) + webSocketFrame(created("r1")));
            hear(socket, webSocketFrame(farewell, 0x88, true).size());
            sendAll(socket, (isDone ? webSocketFrame(done("r1")) : "") + webSocketFrame(farewell, 0x88));
            hear(socket, 1);
        });
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(session).size() + webSocketFrame(created("r1")).size());
        sendAll(socket, webSocketFrame(farewell, 0x88, true));
        hear(socket,
             (isDone ? webSocketFrame(done("r1")).size() : 0) + webSocketFrame(farewell, 0x88).size());
        ::close(socket);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[1].status, isDone ? 200 : status::clientClosed);
        QCOMPARE(events[1].usageSource, isDone ? UsageSource::Provider : UsageSource::Estimated);
    }

    void aTranscriptionThatTellsNoUsageHasNoPrice()
    {
        serve([&](int socket, const std::string &) {
            sendAll(socket,
                    switching + "\r\n" + webSocketFrame(session) +
                        webSocketFrame(R"({"type":"conversation.item.input_audio_transcription.completed",)"
                                       R"("item_id":"i","transcript":"Hello"})"));
            hear(socket, 1);
        });
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(session).size() + 20);
        ::close(socket);
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[1].endpoint, std::string("audio"));
        QVERIFY(!events[1].priced && !events[1].cost);
    }

    void aKillLosesNoResponse()
    {
        serve([](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(session) + webSocketFrame(created("r1")) +
                                webSocketFrame(done("r1")) + webSocketFrame(created("r2")) +
                                webSocketFrame(audio("r2", 320'000)));
            hear(socket, 1);
        });
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(session).size() + webSocketFrame(created("r1")).size() * 2 +
                         webSocketFrame(done("r1")).size() + webSocketFrame(audio("r2", 320'000)).size());
        m_proxy->kill();
        ::close(socket);
        QVERIFY(m_proxy->start());
        const auto events = stopped();
        QCOMPARE(events.size(), std::size_t(3));
        QCOMPARE(events[0].status, 101);
        QCOMPARE(events[1].status, 200);
        QCOMPARE(events[2].status, status::proxyDied);
        QCOMPARE(events[2].usageSource, UsageSource::Estimated);
        QCOMPARE(events[2].usage.input, std::int64_t(300)); // what the conversation had come to
        QCOMPARE(events[2].usage.output, std::int64_t(99));
    }

    void aStopWaitsForTheResponseAndSaysGoodbye()
    {
        std::atomic<bool> finish = false;
        std::string last;
        serve([&](int socket, const std::string &) {
            sendAll(socket, switching + "\r\n" + webSocketFrame(created("r1")));
            while (!finish)
                QTest::qSleep(10);
            sendAll(socket, webSocketFrame(done("r1")));
            last = hear(socket, 8).bytes;
        });
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(created("r1")).size());
        std::thread ending([&] {
            QTest::qSleep(300);
            finish = true;
        });
        QElapsedTimer timer;
        timer.start();
        const auto events = stopped();
        ending.join();
        QVERIFY2(timer.elapsed() > 250, std::to_string(timer.elapsed()).c_str());
        const Heard heard = hear(socket, 1 << 20);
        QVERIFY(heard.ended);
        QCOMPARE(heard.bytes, webSocketFrame(done("r1")) + std::string("\x88\x02\x03\xe9", 4));
        ::close(socket);
        QCOMPARE(events.back().status, 200);
        m_upstream.reset();
        QCOMPARE(last.size(), std::size_t(8));
        QCOMPARE(last.substr(0, 2), std::string("\x88\x82"));
        QCOMPARE(last[6] ^ last[2], 0x03);
    }

    void aStopBreaksOffWhatDoesNotEnd()
    {
        serve(
            [](int socket, const std::string &) {
                sendAll(socket, switching + "\r\n" + webSocketFrame(created("r1")));
                hear(socket, 8, 20'000);
            },
            {{"drain_timeout_ms", 200}});
        std::string head;
        const int socket = open(head);
        hear(socket, webSocketFrame(created("r1")).size());
        const auto events = stopped();
        QCOMPARE(hear(socket, 8).bytes, std::string("\x88\x02\x03\xe9", 4));
        ::close(socket);
        QCOMPARE(events.size(), std::size_t(2));
        QCOMPARE(events[1].status, status::proxyDied);
    }

    void anUpstreamMaySpeakTls()
    {
        const TestCertificates certificates;
        qputenv("SSL_CERT_FILE", certificates.path("ca.pem").toUtf8());
        const int port = TlsServer::freePort();
        QProcess server; // what it reads goes to the peer, what the peer sends is its output
        server.start("openssl", {"s_server", "-accept", "127.0.0.1:" + QString::number(port), "-cert",
                                 certificates.path("good.pem"), "-key", certificates.path("good.key"),
                                 "-quiet", "-naccept", "1"});
        QVERIFY(server.waitForStarted());
        QTest::qSleep(300);
        serve("https://127.0.0.1:" + std::to_string(port) + "/v1");
        qunsetenv("SSL_CERT_FILE");
        std::string head;
        std::string heard;
        const std::string said = webSocketFrame(randomBytes(100'000), 0x82, true);
        std::thread client([&] {
            const int socket = open(head);
            heard = hear(socket, webSocketFrame(done("r1")).size()).bytes;
            sendAll(socket, said);
            hear(socket, 4);
            ::close(socket);
        });
        QByteArray seen;
        while (!seen.endsWith("\r\n\r\n") && server.waitForReadyRead(5000))
            seen += server.readAll();
        server.write(QByteArray::fromStdString(switching + "\r\n" + webSocketFrame(done("r1"))));
        while (!seen.endsWith(said.substr(said.size() - 100).c_str()) && server.waitForReadyRead(1000))
            seen += server.readAll();
        server.kill();
        server.waitForFinished();
        client.join();
        QVERIFY2(head.starts_with("HTTP/1.1 101 "), head.c_str());
        QCOMPARE(heard, webSocketFrame(done("r1")));
        QVERIFY(seen.toStdString().ends_with(said));
        QCOMPARE(stopped().size(), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(TestProxyRealtime)
#include "tst_proxy_realtime.moc"
