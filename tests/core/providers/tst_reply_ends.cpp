// SPDX-License-Identifier: GPL-3.0-or-later
// Where a reply ends, fails, or goes on in the background.
#include "core/providers/ExtractReply.h"

using namespace farthing;

Q_DECLARE_METATYPE(farthing::EndpointKind)

class TestReplyEnds : public QObject
{
    Q_OBJECT
private slots:
    void errorsAreNamedByTheirCode_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("error");
        using enum EndpointKind;
        QTest::newRow("code before type")
            << ChatCompletions << QByteArray("{'error':{'message':'why','type':'t','code':'c'}}")
            << QByteArray("c: why");
        QTest::newRow("Anthropic's type")
            << Messages << QByteArray("{'error':{'type':'t','message':'why'}}") << QByteArray("t: why");
        QTest::newRow("Gemini's status")
            << GenerateContent << QByteArray("{'error':{'code':401,'message':'why','status':'S'}}")
            << QByteArray("S: why");
        QTest::newRow("a code alone")
            << ChatCompletions << QByteArray("{'error':{'code':'c'}}") << QByteArray("c");
        QTest::newRow("no error") << ChatCompletions << QByteArray("{'error':null}") << QByteArray();
        QTest::newRow("an answer that is called message")
            << ChatCompletions << QByteArray("{'message':{'type':'text','content':'c'}}") << QByteArray();
    }
    void errorsAreNamedByTheirCode()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, error);
        const UsageReport report = extract(kind, body, jsonType, 400);
        QCOMPARE(QByteArray::fromStdString(report.error), error);
        QCOMPARE(report.failed, !error.isEmpty());
    }

    void streamsEndWhereTheirWireSaysSo_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<bool>("ended");
        QTest::addColumn<bool>("complete");
        QTest::addColumn<bool>("failed");
        using enum EndpointKind;
        const auto row = [](const char *name, EndpointKind kind, const QByteArrayList &list, bool ended,
                            bool complete, bool failed = false) {
            QTest::newRow(name) << kind << events(list) << ended << complete << failed;
        };
        const QByteArray usage = "{'choices':[],'usage':{'prompt_tokens':3,'completion_tokens':4}}";
        row("OpenAI: usage without choices is not the end", ChatCompletions, {usage}, false, true);
        row("OpenAI", ChatCompletions, {usage, "[DONE]"}, true, true);
        const QByteArray text = "{'choices':[{'delta':{'content':'Hi'}}]}";
        row("OpenAI: usage beside the last choice", ChatCompletions,
            {text, "{'choices':[{'delta':{},'finish_reason':'stop'}],'usage':{'completion_tokens':3}}"},
            false, true);
        row("Groq", ChatCompletions,
            {text, "{'choices':[{'delta':{}}],'x_groq':{'usage':{'completion_tokens':3}}}"}, false, true);
        row("OpenAI: usage that counts no text", ChatCompletions,
            {"{'choices':[{'delta':{'content':'Hi'}}],'usage':{'prompt_tokens':3,'completion_tokens':0}}"},
            false, false);
        row("OpenAI: usage so far, and more text", ChatCompletions, {usage, text}, false, false);
        row("OpenAI error", ChatCompletions, {"{'error':{'message':'why'}}"}, false, false, true);
        row("Gemini: a reason to finish is not the end", StreamGenerateContent,
            {"{'candidates':[{'finishReason':'STOP'}],'usageMetadata':{'promptTokenCount':5}}"}, false, true);
        row("Gemini error", StreamGenerateContent, {"{'error':{'code':503,'message':'why'}}"}, false, false,
            true);
        row("Anthropic", Messages, {"{'type':'message_stop'}"}, true, true);
        row("Anthropic error", Messages, {"{'type':'error','error':{'type':'overloaded_error'}}"}, false,
            false, true);
        row("Responses", Responses, {"{'type':'response.completed','response':{'error':null}}"}, true, true);
        row("Responses cancelled", Responses, {"{'type':'response.cancelled','response':{}}"}, true, true);
        row("Responses failed", Responses, {"{'type':'response.failed','response':{}}"}, true, true, true);
        row("Responses error", Responses, {"{'type':'error','code':'c'}"}, false, false, true);
    }
    void streamsEndWhereTheirWireSaysSo()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, stream);
        QFETCH(bool, ended);
        QFETCH(bool, complete);
        QFETCH(bool, failed);
        stream.replace('\'', '"');
        const auto extractor =
            makeUsageExtractor({.kind = kind, .model = {}}, 200, StreamForm::ServerSentEvents);
        extractor->feed(stream.toStdString());
        QCOMPARE(extractor->sawEnd(), ended);
        QCOMPARE(extractor->finish().complete, complete);
        QCOMPARE(extractor->finish().failed, failed);
    }

    void backgroundResponsesArePending_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("sse");
        QTest::addColumn<bool>("pending");
        QTest::newRow("queued") << QByteArray("{'id':'r','status':'queued','background':true,'usage':null}")
                                << false << true;
        QTest::newRow("by its status alone")
            << QByteArray("{'status':'in_progress','id':'r'}") << false << true;
        QTest::newRow("done") << QByteArray("{'id':'r','status':'completed','background':true}") << false
                              << false;
        const QByteArray created = "{'type':'response.created','response':{'id':'r','status':'in_progress'";
        QTest::newRow("a stream") << events({created + "}}"}) << true << false;
        QTest::newRow("a background stream") << events({created + ",'background':true}}"}) << true << true;
        QTest::newRow("a background stream's end")
            << events({created + ",'background':true}}",
                       "{'type':'response.completed','response':{'id':'r','status':'completed'}}"})
            << true << false;
    }
    void backgroundResponsesArePending()
    {
        QFETCH(QByteArray, body);
        QFETCH(bool, sse);
        QFETCH(bool, pending);
        const UsageReport report = extract(EndpointKind::Responses, body, sse ? sseType : jsonType);
        QCOMPARE(report.pending, pending);
        QCOMPARE(report.responseId, std::string("r"));
    }
};

QTEST_GUILESS_MAIN(TestReplyEnds)
#include "tst_reply_ends.moc"
