// SPDX-License-Identifier: GPL-3.0-or-later
// WebSockets through farthingd: the bytes pass as they are, each response of Realtime is an event, and what
// breaks on one side is seen to break on the other.
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/TestCertificates.h"
#include "integration/proxy/WebSocketPeers.h"
#include "tests/Sanitized.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QTest>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <zlib.h>

using namespace farthing;

namespace {

const std::string switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                              "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const std::string session =
    R"({"type":"session.created","event_id":"e1","session":{"id":"sess_1","model":"gpt-realtime",)"
    R"("audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"}},)"
    R"("output":{"format":{"type":"audio/pcm","rate":24000}}}}})";

std::string created(const std::string &id)
{
    return R"({"type":"response.created","event_id":"e2","response":{"id":")" + id +
           R"(","status":"in_progress","metadata":{"workflow":"voice"},"usage":null}})";
}

std::string audio(const std::string &id, std::size_t bytes)
{
    return R"({"type":"response.output_audio.delta","event_id":"e3","response_id":")" + id +
           R"(","item_id":"i","delta":")" + std::string(bytes, 'A') + "\"}";
}

std::string done(const std::string &id, const std::string &status = "completed")
{
    return R"({"type":"response.done","event_id":"e4","response":{"id":")" + id + R"(","status":")" + status +
           R"(","status_details":{"type":")" + status + R"(","error":)" +
           (status == "failed" ? R"({"code":"server_error","message":"no more"})" : "null") +
           R"(},"usage":{"total_tokens":300,"input_tokens":200,"output_tokens":100,)"
           R"("input_token_details":{"text_tokens":80,"audio_tokens":120,"cached_tokens":64,)"
           R"("cached_tokens_details":{"text_tokens":64,"audio_tokens":0}},)"
           R"("output_token_details":{"text_tokens":30,"audio_tokens":70}}}})";
}

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

std::string randomBytes(std::size_t count)
{
    std::mt19937 random(7);
    std::string bytes(count, '\0');
    std::ranges::generate(bytes, [&random] { return static_cast<char>(random()); });
    return bytes;
}

} // namespace

class TestProxyRealtime : public QObject
{
    Q_OBJECT

private:
    /// A proxy before an upstream with that script.
    void serve(ScriptedUpstream::Script script, const nlohmann::json &limits = nlohmann::json::object())
    {
        m_upstream = std::make_unique<ScriptedUpstream>(std::move(script));
        serve("http://127.0.0.1:" + std::to_string(m_upstream->port()) + "/v1", limits);
    }
    void serve(const std::string &url, const nlohmann::json &limits = nlohmann::json::object())
    {
        m_proxy = std::make_unique<FarthingdProcess>();
        const nlohmann::json config = {{"upstreams", {{"openai", {{"base_url", url}}}}}, {"limits", limits}};
        m_proxy->writeConfig(QByteArray::fromStdString(config.dump()));
        QVERIFY2(m_proxy->start(), m_proxy->log().constData());
    }
    /// Asks for a WebSocket; `head` is the reply's.
    int open(std::string &head, const std::string &extra = {},
             const std::string &target = "/v1/realtime?model=gpt-realtime")
    {
        const int socket = connectTo(m_proxy->port());
        sendAll(socket, "GET " + target +
                            " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: keep-alive, Upgrade\r\n"
                            "Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                            "Sec-WebSocket-Version: 13\r\n" +
                            extra + "\r\n");
        head = hearHead(socket);
        return socket;
    }
    std::vector<CostEvent> stopped()
    {
        if (!m_proxy->stop())
            qFatal("farthingd does not stop");
        return m_proxy->events();
    }

private slots:
    void cleanup()
    {
        m_proxy.reset();
        m_upstream.reset();
    }

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

    void aPageInABrowserIsRefused()
    {
        serve([](int, const std::string &) {});
        std::string head;
        ::close(open(head, "Origin: https://evil.example\r\n"));
        QVERIFY2(head.starts_with("HTTP/1.1 403 "), head.c_str());
        QCOMPARE(m_upstream->connections(), 0);
        QVERIFY(stopped().empty());
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

private:
    std::unique_ptr<ScriptedUpstream> m_upstream;
    std::unique_ptr<FarthingdProcess> m_proxy;
};

QTEST_GUILESS_MAIN(TestProxyRealtime)
#include "tst_proxy_realtime.moc"
