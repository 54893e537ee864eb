// SPDX-License-Identifier: GPL-3.0-or-later
// A name or a string of any length, wherever the readers look, is decoded once: the parser has no room for
// it twice. What is written beyond that room shows under the address sanitizer.
#include "core/providers/ExtractReply.h"
#include "core/providers/RequestFacts.h"

using namespace farthing;

Q_DECLARE_METATYPE(farthing::EndpointKind)

namespace {

using enum EndpointKind;

constexpr qsizetype textBytes = 30'000;

/// Every kind that has a reader of its own.
constexpr std::array kinds = {ChatCompletions, Responses,         Completions,    OpenAiEmbeddings,
                              Messages,        CountTokens,       EmbedContent,   GenerateContent,
                              Converse,        InvokeModel,       CohereChat,     StreamGenerateContent,
                              CohereEmbed,     CohereRerank,      OllamaChat,     ConverseStream,
                              OllamaEmbed,     InvokeModelStream, OllamaGenerate, FetchedResponse};

/// # stands for the long text.
constexpr std::array shapes = {
    "{'#':1}",
    "{'type':'#'}",
    "{'event_type':'#'}",
    "{'finish_reason':'ERROR#'}",
    "{'delta':{'finish_reason':'ERROR#','stop_reason':'#','type':'#','text':'#'}}",
    "{'id':'#','model':'#','object':'#','status':'#','role':'#','service_tier':'#','serviceTier':'#'}",
    "{'message':'#'}",
    "{'Message':'#'}",
    "{'message':{'role':'#','type':'#','content':'#','usage':{'#':1}}}",
    "{'error':{'message':'#','type':'#','code':'#','status':'#'}}",
    "{'usage':{'#':1,'input_tokens':5}}",
    "{'usage':{'input_tokens':5,'#':1}}",
    "{'usage':{'inputTokens':5,'#':{'#':'#'}}}",
    "{'usage':{'prompt_tokens':5,'#':{'#':'#'}}}",
    "{'usage':{'service_tier':'#','iterations':[{'model':'#','type':'#','#':1}]}}",
    "{'usage':{'cacheDetails':[{'ttl':'#','#':1}]}}",
    "{'meta':{'billed_units':{'#':1},'tokens':{'#':1},'#':1}}",
    "{'usageMetadata':{'promptTokenCount':5,'trafficType':'#','#':1,'promptTokensDetails':[{'modality':'#'}]}"
    "}",
    "{'candidates':[{'finishReason':'#','content':{'role':'#','parts':[{'text':'#','#':1}]}}]}",
    "{'choices':[{'finish_reason':'#','delta':{'role':'#','content':'#'},'message':{'content':'#'}}]}",
    "{'response':{'id':'#','status':'#','output':[{'type':'#','action':{'type':'#'}}],'usage':{'#':1}}}",
    "{'output':[{'type':'#','content':[{'type':'#','text':'#'}]}],'metrics':{'#':1}}",
    "{'messages':[{'role':'#','type':'#','content':[{'type':'#','text':'#','#':1}],'#':1}]}",
    "{'messages':[{'role':'user','content':[{'type':'document','source':{'type':'#','data':'#','#':1}}]}]}",
    "{'tools':[{'type':'#','name':'#'}],'metadata':{'user_id':'#','workflow':'#','feature':'#'},'user':'#'}",
    "{'system':[{'type':'#','text':'#'}],'input':[{'type':'#','role':'#','content':'#'}]}",
};

QByteArray written(const char *shape)
{
    return QByteArray(shape).replace('#', QByteArray(textBytes, 'x'));
}

} // namespace

class TestLongTexts : public QObject
{
    Q_OBJECT
private slots:
    void repliesAreReadWithinTheirRoom_data() { addShapes(); }
    void repliesAreReadWithinTheirRoom()
    {
        QFETCH(QByteArray, body);
        QByteArray json = body;
        json.replace('\'', '"');
        for (const EndpointKind kind : kinds)
            for (const bool stream : {false, true})
                for (const int status : {200, 400}) {
                    const auto extractor =
                        makeUsageExtractor({.kind = kind, .model = {}}, status,
                                           stream ? StreamForm::ServerSentEvents : StreamForm::None);
                    extractor->feed((stream ? events({json}) : json).toStdString());
                    const UsageReport report = extractor->finish();
                    QVERIFY(report.usage.input >= 0 && report.usage.input <= 5);
                }
    }

    void requestsAreReadWithinTheirRoom_data() { addShapes(); }
    void requestsAreReadWithinTheirRoom()
    {
        QFETCH(QByteArray, body);
        std::string json = body.replace('\'', '"').toStdString();
        for (const EndpointKind kind : kinds)
            QVERIFY(readRequest({.kind = kind, .model = {}}, json, AnatomyKey{}));
    }

    void whatStandsBehindIsReadStill_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("Bedrock, its own counts")
            << Converse << QByteArray("{'usage':{'#':1,'inputTokens':5,'outputTokens':3}}") << QByteArray();
        QTest::newRow("Bedrock, Anthropic's counts")
            << InvokeModel << QByteArray("{'usage':{'#':1,'output_tokens':3,'input_tokens':5}}")
            << QByteArray();
        QTest::newRow("Bedrock, OpenAI's counts")
            << InvokeModel << QByteArray("{'usage':{'#':1,'completion_tokens':3,'prompt_tokens':5}}")
            << QByteArray();
        QTest::newRow("Cohere") << CohereChat
                                << QByteArray(
                                       "{'event_type':'#','finish_reason':'ERROR#','usage':{'billed_units':"
                                       "{'input_tokens':5,'output_tokens':3}}}")
                                << QByteArray("ERROR#");
    }
    void whatStandsBehindIsReadStill()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, error);
        const UsageReport report = extract(kind, written(body));
        QVERIFY(report.usage == (TokenUsage{.input = 5, .output = 3}));
        QCOMPARE(QByteArray::fromStdString(report.error), written(error));
    }

private:
    static void addShapes()
    {
        QTest::addColumn<QByteArray>("body");
        for (const char *shape : shapes)
            QTest::newRow(shape) << written(shape);
    }
};

QTEST_GUILESS_MAIN(TestLongTexts)
#include "tst_long_texts.moc"
