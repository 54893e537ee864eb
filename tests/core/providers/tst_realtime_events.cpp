// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/RealtimeEvents.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace farthing;

class TestRealtimeEvents : public QObject
{
    Q_OBJECT

private slots:
    void heads_data()
    {
        QTest::addColumn<QByteArray>("head");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("responseId");
        QTest::addColumn<bool>("isWorthReading");
        const auto row = [](const char *name, const char *head, const char *type, const char *id,
                            bool worth) {
            QTest::newRow(name) << QByteArray(head) << QByteArray(type) << QByteArray(id) << worth;
        };
        row("a delta", "{\"type\":\"response.output_audio.delta\",\"response_id\":\"r1\",\"delta\":\"AAA",
            "response.output_audio.delta", "r1", false);
        row("spaces, another order", "{ \"response_id\" : \"r1\" ,\n \"type\" :\t\"response.done\"",
            "response.done", "r1", true);
        row("a type further in is another's",
            "{\"item\":{\"type\":\"message\"},\"type\":\"response.created\"}", "response.created", "", true);
        row("a type further behind", "{\"response\":{\"id\":\"r1\",\"output\":[{\"type\":\"message\",\"te",
            "", "", true);
        row("a value is no key", "{\"a\":\"type\",\"b\":\"response.done\"}", "", "", true);
        row("escapes", "{\"x\":\"\\\"type\\\":\\\"a\\\\\",\"type\":\"error\"}", "error", "", false);
        row("an end in a string", "{\"type\":\"response.don", "", "", true);
        row("nothing", "", "", "", true);
        row("no object", "[\"type\",\"response.done\"]", "", "", true);
    }
    void heads()
    {
        QFETCH(QByteArray, head);
        const auto found = RealtimeEventHead::read({head.constData(), std::size_t(head.size())});
        QTEST(QByteArray(found.type.data(), qsizetype(found.type.size())), "type");
        QTEST(QByteArray(found.responseId.data(), qsizetype(found.responseId.size())), "responseId");
        QTEST(found.isWorthReading(), "isWorthReading");
    }

    void sessions_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::newRow("general availability") << QByteArray(
            "{\"type\":\"session.updated\",\"session\":{\"id\":\"s\",\"model\":\"gpt-realtime\",\"audio\":"
            "{\"input\":{\"transcription\":{\"model\":\"whisper-1\"}},\"output\":{\"format\":"
            "{\"type\":\"audio/pcmu\"}}}}}");
        QTest::newRow("beta") << QByteArray(
            "{\"type\":\"session.created\",\"session\":{\"id\":\"s\",\"model\":\"gpt-realtime\",\"output_"
            "audio_format\":"
            "\"audio/pcmu\",\"input_audio_transcription\":{\"model\":\"whisper-1\"}}}");
    }
    void sessions()
    {
        QFETCH(QByteArray, json);
        const RealtimeEvent event = RealtimeEvent::read(json.toStdString());
        QCOMPARE(event.kind, RealtimeEvent::Kind::Session);
        QCOMPARE(event.sessionId, std::string("s"));
        QCOMPARE(event.model, std::string("gpt-realtime"));
        QCOMPARE(event.transcriptionModel, std::string("whisper-1"));
        QCOMPARE(event.audioFormat, std::string("audio/pcmu"));
    }

    void responses_data()
    {
        QTest::addColumn<QByteArray>("end");
        QTest::addColumn<bool>("failed");
        QTest::addColumn<QByteArray>("error");
        const QByteArray usage = ",\"usage\":{\"input_tokens\":9,\"output_tokens\":4,\"total_tokens\":13}}}";
        const auto row = [&usage](const char *name, const char *response, bool failed, const char *error) {
            QTest::newRow(name) << response + usage << failed << QByteArray(error);
        };
        row("completed", "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"status\":\"completed\"",
            false, "");
        row("incomplete",
            "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"status\":\"incomplete\","
            "\"status_details\":{\"type\":\"incomplete\",\"reason\":\"max_output_tokens\"}",
            false, "");
        row("cancelled",
            "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"status\":\"cancelled\","
            "\"status_details\":{\"type\":\"cancelled\",\"reason\":\"turn_detected\"}",
            false, "");
        row("failed",
            "{\"type\":\"response.done\",\"response\":{\"id\":\"r\",\"status\":\"failed\","
            "\"status_details\":{\"type\":\"failed\",\"error\":{\"type\":\"t\",\"code\":\"c\",\"message\":"
            "\"m\"}}",
            true, "c: m");
        row("Responses",
            "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\"", false,
            "");
    }
    void responses()
    {
        QFETCH(QByteArray, end);
        RealtimeResponse response("audio/pcm");
        response.feed(
            "{\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"status\":\"in_progress\"}}");
        QVERIFY(!response.sawEnd());
        response.feed(end.toStdString());
        QVERIFY(response.sawEnd());
        const UsageReport report = response.finish();
        QVERIFY(report.reported && report.complete);
        QCOMPARE(report.usage, (TokenUsage{.input = 9, .output = 4}));
        QTEST(report.failed, "failed");
        QTEST(QByteArray::fromStdString(report.error), "error");
    }

    void whatIsNeverToldIsCounted_data()
    {
        QTest::addColumn<QByteArray>("format");
        QTest::addColumn<int>("audioTokens");
        QTest::newRow("PCM") << QByteArray("pcm16") << 10; // half a second at 24 kHz
        QTest::newRow("G.711") << QByteArray("g711_ulaw") << 60;
        QTest::newRow("G.711 by its media type") << QByteArray("audio/pcma") << 60;
    }
    void whatIsNeverToldIsCounted()
    {
        QFETCH(QByteArray, format);
        QFETCH(int, audioTokens);
        RealtimeResponse response(format.toStdString());
        response.count("response.output_audio.delta", 32'200);
        response.count("response.output_audio_transcript.delta", 300);
        response.count("response.function_call_arguments.delta", 300);
        response.count("response.output_audio.done", 300);
        const UsageReport report = response.finish();
        QVERIFY(!report.reported && !report.complete);
        QCOMPARE(report.usage.outputAudio, std::int64_t(audioTokens));
        QCOMPARE(report.usage.output, std::int64_t(audioTokens + 2));
    }

    void recordedEvents()
    {
        const QDir shared(
            qEnvironmentVariable("FARTHING_SHARED_DATA", FARTHING_SOURCE_DIR "/../shared/data"));
        QFile file(shared.filePath("wire/realtime_events.jsonl"));
        if (!file.open(QIODevice::ReadOnly))
            QSKIP("the recorded events are not there");
        int count = 0;
        while (!file.atEnd()) {
            const QJsonObject row = QJsonDocument::fromJson(file.readLine()).object();
            if (row["kind"] != "openai_realtime_response.done")
                continue;
            RealtimeResponse response("pcm16");
            response.feed(QJsonDocument(row["event"].toObject()).toJson().toStdString());
            const TokenUsage usage = response.finish().usage;
            const QJsonObject wanted = row["usage"].toObject();
            QCOMPARE(usage.input, wanted["input_total"].toInteger());
            QCOMPARE(usage.cachedInput, wanted["cache_read"].toInteger());
            QCOMPARE(usage.inputAudio, wanted["audio_in"].toInteger());
            QCOMPARE(usage.output, wanted["output_total"].toInteger());
            QCOMPARE(usage.outputAudio, wanted["audio_out"].toInteger());
            QCOMPARE(usage.reasoning, wanted["reasoning"].toInteger());
            ++count;
        }
        QVERIFY(count > 15);
    }
};

QTEST_GUILESS_MAIN(TestRealtimeEvents)
#include "tst_realtime_events.moc"
