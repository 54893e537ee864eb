// SPDX-License-Identifier: GPL-3.0-or-later
// Replies of the hosts that have wires of their own: Bedrock, Cohere, Ollama.
#include "core/providers/AwsMessage.h"
#include "core/providers/ExtractReply.h"

using namespace farthing;

Q_DECLARE_METATYPE(farthing::EndpointKind)
Q_DECLARE_METATYPE(farthing::TokenUsage)

namespace {

constexpr const char *linesType = "application/x-ndjson";
constexpr const char *awsType = "application/vnd.amazon.eventstream";

QByteArray awsJson(const char *type, QByteArray json)
{
    return QByteArray::fromStdString(awsEvent(type, json.replace('\'', '"').toStdString()));
}

/// InvokeModelWithResponseStream's: the model's JSON in Base64.
QByteArray chunk(QByteArray json)
{
    return awsJson("chunk", "{'bytes':'" + json.replace('\'', '"').toBase64() + "','p':'abc'}");
}

/// extract() would take the ' in binary frames for ".
UsageReport extractStream(EndpointKind kind, const QByteArray &stream)
{
    const auto extractor = makeUsageExtractor({.kind = kind, .model = {}}, 200, StreamForm::AwsEvents);
    for (const char byte : stream)
        extractor->feed({&byte, 1});
    return extractor->finish();
}

} // namespace

class TestHostReplies : public QObject
{
    Q_OBJECT

private slots:
    void bodiesAreRead_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<TokenUsage>("usage");
        QTest::addColumn<qint64>("textBytes");
        const auto row = [](const char *name, EndpointKind kind, const char *body, const TokenUsage &usage,
                            qint64 textBytes = 0) {
            QTest::newRow(name) << kind << QByteArray(body) << usage << textBytes;
        };
        using enum EndpointKind;
        row("Converse leaves the cache out of its input", Converse,
            "{'output':{'message':{'role':'assistant','content':[{'text':'four'},{'reasoningContent':{"
            "'reasoningText':{'text':'five5'}}},{'toolUse':{'name':'n','toolUseId':'i','input':{'a':1}}}]}},"
            "'usage':{'inputTokens':10,'outputTokens':7,'totalTokens':47,'cacheReadInputTokens':20,"
            "'cacheWriteInputTokens':10}}",
            {.input = 40, .cachedInput = 20, .cacheWrite5m = 10, .output = 7}, 4 + 5 + 7);
        row("Converse, both lifetimes", Converse,
            "{'usage':{'inputTokens':1,'outputTokens':2,'cacheWriteInputTokens':30,'cacheDetails':[{"
            "'inputTokens':20,'ttl':'1h'},{'inputTokens':10,'ttl':'5m'}]}}",
            {.input = 31, .cacheWrite5m = 10, .cacheWrite1h = 20, .output = 2});
        row("Converse, the hour alone", Converse,
            "{'usage':{'inputTokens':1,'outputTokens':2,'cacheDetails':[{'inputTokens':20,'ttl':'1h'}]}}",
            {.input = 21, .cacheWrite1h = 20, .output = 2});
        row("Claude", InvokeModel,
            "{'type':'message','model':'claude-x','content':[{'type':'text','text':'four'}],'usage':{"
            "'input_tokens':10,'output_tokens':5,'cache_read_input_tokens':20,'cache_creation_input_tokens':"
            "30,'cache_creation':{'ephemeral_5m_input_tokens':10,'ephemeral_1h_input_tokens':20}}}",
            {.input = 60, .cachedInput = 20, .cacheWrite5m = 10, .cacheWrite1h = 20, .output = 5}, 4);
        row("Nova", InvokeModel,
            "{'output':{'message':{'content':[{'text':'four'}]}},'usage':{'inputTokens':10,'outputTokens':5,"
            "'cacheReadInputTokenCount':3,'cacheWriteInputTokenCount':2}}",
            {.input = 15, .cachedInput = 3, .cacheWrite5m = 2, .output = 5}, 4);
        row("Llama", InvokeModel,
            "{'generation':'four','prompt_token_count':10,'generation_token_count':5,'stop_reason':'stop'}",
            {.input = 10, .output = 5}, 4);
        row("Titan, two results", InvokeModel,
            "{'inputTextTokenCount':10,'results':[{'tokenCount':5,'outputText':'four'},{'tokenCount':6,"
            "'outputText':'four'}]}",
            {.input = 10, .output = 11}, 8);
        row("Titan's embedding", InvokeModel, "{'embedding':[0.1],'inputTextTokenCount':4}", {.input = 4});
        row("OpenAI's open models, Qwen, Jamba", InvokeModel,
            "{'choices':[{'message':{'content':'four'}}],'usage':{'prompt_tokens':10,'completion_tokens':5,"
            "'total_tokens':15}}",
            {.input = 10, .output = 5}, 4);

        row("Cohere's billed units, not its tokens", CohereChat,
            "{'message':{'content':[{'type':'text','text':'four'}],'tool_plan':'five5'},'usage':{"
            "'billed_units':{'input_tokens':7,'output_tokens':88},'tokens':{'input_tokens':69,"
            "'output_tokens':89},'cached_tokens':64}}",
            {.input = 7, .output = 88}, 9);
        row("Cohere without billed units", CohereChat,
            "{'usage':{'tokens':{'input_tokens':69,'output_tokens':89},'cached_tokens':64}}",
            {.input = 69, .cachedInput = 64, .output = 89});
        row("Cohere, version 1", CohereChat,
            "{'text':'four','meta':{'api_version':{'version':'1'},'billed_units':{'input_tokens':7,"
            "'output_tokens':8,'search_units':1},'tokens':{'input_tokens':69}}}",
            {.input = 7, .output = 8, .serverToolCalls = 1}, 4);
        row("Cohere's embeddings", CohereEmbed,
            "{'embeddings':{},'meta':{'billed_units':{'input_tokens':2,'image_tokens':3}}}", {.input = 5});
        row("Cohere's searches", CohereRerank,
            "{'results':[],'meta':{'api_version':{'version':'2'},'billed_units':{'search_units':2}}}",
            {.serverToolCalls = 2});

        row("Ollama", OllamaChat,
            "{'model':'llama3.2','message':{'role':'assistant','content':'four','thinking':'five5'},"
            "'done':true,'total_duration':1,'prompt_eval_count':26,'eval_count':298}",
            {.input = 26, .output = 298}, 9);
        row("Ollama, a prompt that was cached", OllamaGenerate,
            "{'response':'four','done':true,'eval_count':8}", {.output = 8}, 4);
        row("Ollama's embeddings", OllamaEmbed, "{'embeddings':[[0.1]],'prompt_eval_count':8}", {.input = 8});
    }
    void bodiesAreRead()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, body);
        QFETCH(TokenUsage, usage);
        QFETCH(qint64, textBytes);
        const UsageReport report = extract(kind, body);
        QCOMPARE(report.usage, usage);
        QVERIFY(report.reported && report.complete && !report.failed);
        QCOMPARE(report.outputTextBytes, textBytes);
    }

    void headersCountWhereTheBodyDoesNot_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<TokenUsage>("usage");
        QTest::newRow("Claude 2") << QByteArray("{'completion':'four'}")
                                  << TokenUsage{
                                         .input = 109, .cachedInput = 70, .cacheWrite5m = 30, .output = 8};
        QTest::newRow("an array") << QByteArray("[{'generated_text':'four'}]")
                                  << TokenUsage{
                                         .input = 109, .cachedInput = 70, .cacheWrite5m = 30, .output = 8};
        QTest::newRow("Claude 3") << QByteArray("{'usage':{'input_tokens':5,'output_tokens':6}}")
                                  << TokenUsage{.input = 5, .output = 6};
        QTest::newRow("Llama's own counts are the last word of nobody")
            << QByteArray("{'prompt_token_count':1,'generation_token_count':2}")
            << TokenUsage{.input = 109, .cachedInput = 70, .cacheWrite5m = 30, .output = 8};
    }
    void headersCountWhereTheBodyDoesNot()
    {
        QFETCH(QByteArray, body);
        QFETCH(TokenUsage, usage);
        const auto extractor =
            makeUsageExtractor({.kind = EndpointKind::InvokeModel, .model = {}}, 200, StreamForm::None);
        extractor->readHeader("X-Amzn-Bedrock-Input-Token-Count", "9");
        extractor->readHeader("x-amzn-bedrock-output-token-count", "8");
        extractor->readHeader("x-amzn-bedrock-cache-read-input-token-count", "70");
        extractor->readHeader("x-amzn-bedrock-cache-write-input-token-count", "30");
        extractor->readHeader("x-amzn-bedrock-invocation-latency", "1234");
        extractor->readHeader("x-amzn-bedrock-output-token-count", ""); // as embeddings have it
        extractor->readHeader("x-amzn-bedrock-output-token-count", "8x");
        extractor->readHeader("x-amzn-bedrock-service-tier", "flex");
        extractor->feed(body.replace('\'', '"').toStdString());
        QCOMPARE(extractor->finish().usage, usage);
        QCOMPARE(extractor->finish().serviceTier, std::string("flex"));
    }

    void awsStreamsAreRead_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<TokenUsage>("usage");
        QTest::addColumn<qint64>("textBytes");
        QTest::addColumn<bool>("complete");
        using enum EndpointKind;
        const QByteArray text =
            awsJson("contentBlockDelta", "{'contentBlockIndex':0,'delta':{'text':'four'}}");
        const QByteArray stop = awsJson("messageStop", "{'stopReason':'end_turn'}");
        const QByteArray metadata =
            awsJson("metadata", "{'metrics':{'latencyMs':7},'usage':{'inputTokens':10,'outputTokens':5,"
                                "'cacheReadInputTokens':3},'serviceTier':{'type':'flex'}}");
        QTest::newRow("Converse") << ConverseStream << text + text + stop + metadata
                                  << TokenUsage{.input = 13, .cachedInput = 3, .output = 5} << qint64(8)
                                  << true;
        QTest::newRow("Converse, broken off")
            << ConverseStream << text + stop << TokenUsage{} << qint64(4) << false;
        const QByteArray metrics = "'amazon-bedrock-invocationMetrics':{'inputTokenCount':10,"
                                   "'outputTokenCount':5,'invocationLatency':7}";
        QTest::newRow("Claude")
            << InvokeModelStream
            << chunk("{'type':'message_start','message':{'model':'claude-x','usage':{'input_tokens':10,"
                     "'cache_read_input_tokens':3,'output_tokens':1}}}") +
                   chunk("{'type':'content_block_delta','delta':{'type':'text_delta','text':'four'}}") +
                   chunk("{'type':'message_delta','usage':{'output_tokens':5}}") +
                   chunk("{'type':'message_stop'," + metrics + "}")
            << TokenUsage{.input = 13, .cachedInput = 3, .output = 5} << qint64(4) << true;
        QTest::newRow("Claude, broken off")
            << InvokeModelStream << chunk("{'type':'message_start','message':{'usage':{'input_tokens':10}}}")
            << TokenUsage{.input = 10} << qint64(0) << false;
        QTest::newRow("Nova") << InvokeModelStream
                              << chunk("{'contentBlockDelta':{'delta':{'text':'four'}}}") +
                                     chunk("{'metadata':{'usage':{'inputTokens':10,'outputTokens':5}}," +
                                           metrics + "}")
                              << TokenUsage{.input = 10, .output = 5} << qint64(4) << true;
        QTest::newRow("Llama")
            << InvokeModelStream
            << chunk("{'generation':'four','prompt_token_count':10,'generation_token_count':1}") +
                   chunk("{'generation':'','prompt_token_count':null,'generation_token_count':5," + metrics +
                         "}")
            << TokenUsage{.input = 10, .output = 5} << qint64(4) << true;
        QTest::newRow("Mistral") << InvokeModelStream
                                 << chunk("{'outputs':[{'text':'four','stop_reason':null}]}") +
                                        chunk("{'outputs':[{'text':''}]," + metrics + "}")
                                 << TokenUsage{.input = 10, .output = 5} << qint64(4) << true;
        QTest::newRow("no Base64") << InvokeModelStream
                                   << awsJson("chunk", "{'bytes':'***'}") + chunk("{" + metrics + "}")
                                   << TokenUsage{.input = 10, .output = 5} << qint64(0) << true;
    }
    void awsStreamsAreRead()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, stream);
        QFETCH(TokenUsage, usage);
        QFETCH(qint64, textBytes);
        QFETCH(bool, complete);
        const UsageReport report = extractStream(kind, stream);
        QCOMPARE(report.usage, usage);
        QCOMPARE(report.outputTextBytes, textBytes);
        QCOMPARE(report.complete, complete);
        QVERIFY(!report.failed && report.error.empty());
        QVERIFY2(report.responseModel.empty(), "the path's id is Bedrock's name for the model");
    }

    void awsStreamsSayHowTheyFailed_data()
    {
        QTest::addColumn<QByteArray>("end");
        QTest::addColumn<QByteArray>("error");
        const auto message = [](const std::vector<std::pair<std::string, std::string>> &headers,
                                const char *payload) {
            return QByteArray::fromStdString(awsMessage(headers, payload));
        };
        QTest::newRow("an exception")
            << message({{":message-type", "exception"}, {":exception-type", "throttlingException"}},
                       "{\"message\":\"Too many requests\"}")
            << QByteArray("throttlingException: Too many requests");
        QTest::newRow("an exception without a text")
            << message({{":message-type", "exception"}, {":exception-type", "modelTimeoutException"}}, "")
            << QByteArray("modelTimeoutException");
        QTest::newRow("an error")
            << message({{":message-type", "error"}, {":error-code", "500"}, {":error-message", "why"}}, "")
            << QByteArray("500: why");
        QTest::newRow("a wrong checksum")
            << awsJson("metadata", "{}").chopped(1) + '\0'
            << QByteArray("message 2 of the event stream: the checksum is wrong");
    }
    void awsStreamsSayHowTheyFailed()
    {
        QFETCH(QByteArray, end);
        QFETCH(QByteArray, error);
        const QByteArray text = awsJson("contentBlockDelta", "{'delta':{'text':'four'}}");
        const UsageReport report = extractStream(EndpointKind::ConverseStream, text + end + text);
        QVERIFY(report.failed);
        QCOMPARE(QByteArray::fromStdString(report.error), error);
        QVERIFY(report.outputTextBytes >= 4);
    }

    void linesAndEventsAreReadToTheirEnd_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("stream");
        QTest::addColumn<TokenUsage>("usage");
        QTest::addColumn<qint64>("textBytes");
        QTest::addColumn<bool>("ended");
        using enum EndpointKind;
        const QByteArray piece =
            "{'model':'m','message':{'role':'assistant','content':'four'},'done':false}\n";
        const QByteArray last = "{'model':'m','message':{'content':''},'done':true,'prompt_eval_count':26,"
                                "'eval_count':298}";
        QTest::newRow("Ollama") << OllamaChat << QByteArray(linesType) << piece + piece + last + "\n"
                                << TokenUsage{.input = 26, .output = 298} << qint64(8) << true;
        QTest::newRow("Ollama without a line's end")
            << OllamaChat << QByteArray(linesType) << piece + last << TokenUsage{.input = 26, .output = 298}
            << qint64(4) << true;
        QTest::newRow("Ollama, broken off") << OllamaGenerate << QByteArray(linesType)
                                            << QByteArray("{'response':'four','done':false}\n{'response':'fi")
                                            << TokenUsage{} << qint64(4) << false;
        QTest::newRow("Cohere, version 1")
            << CohereChat << QByteArray("application/stream+json")
            << QByteArray("{'event_type':'stream-start'}\n{'event_type':'text-generation','text':'four'}\n"
                          "{'event_type':'stream-end','response':{'text':'four','meta':{'billed_units':{"
                          "'input_tokens':7,'output_tokens':8}}}}\n")
            << TokenUsage{.input = 7, .output = 8} << qint64(4) << true;
        QTest::newRow("Cohere, version 2")
            << CohereChat << QByteArray(sseType)
            << events({"{'type':'content-delta','delta':{'message':{'content':{'text':'four'}}}}",
                       "{'type':'message-end','delta':{'finish_reason':'COMPLETE','usage':{'billed_units':{"
                       "'input_tokens':7,'output_tokens':8}}}}"})
            << TokenUsage{.input = 7, .output = 8} << qint64(4) << true;
    }
    void linesAndEventsAreReadToTheirEnd()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, stream);
        QFETCH(TokenUsage, usage);
        QFETCH(qint64, textBytes);
        QFETCH(bool, ended);
        const UsageReport report = extract(kind, stream, type.constData());
        QCOMPARE(report.usage, usage);
        QCOMPARE(report.outputTextBytes, textBytes);
        QCOMPARE(report.complete, ended);
    }

    void errorsAreRead_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("error");
        using enum EndpointKind;
        QTest::newRow("Bedrock") << Converse << 400 << QByteArray("{'message':'no such model'}")
                                 << QByteArray("no such model");
        QTest::newRow("IAM") << InvokeModel << 403 << QByteArray("{'Message':'not authorized'}")
                             << QByteArray("not authorized");
        QTest::newRow("Cohere") << CohereChat << 404 << QByteArray("{'id':'i','message':'model was removed'}")
                                << QByteArray("model was removed");
        QTest::newRow("Cohere's last event")
            << CohereChat << 200
            << events({"{'type':'message-end','delta':{'error':'overloaded','finish_reason':'ERROR'}}"})
            << QByteArray("overloaded");
        QTest::newRow("Ollama") << OllamaChat << 404 << QByteArray("{'error':'model not found'}")
                                << QByteArray("model not found");
    }
    void errorsAreRead()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, error);
        const UsageReport report = extract(kind, body, body.startsWith("data") ? sseType : jsonType, status);
        QCOMPARE(QByteArray::fromStdString(report.error), error);
        QVERIFY(report.failed && !report.reported);
    }
};

QTEST_GUILESS_MAIN(TestHostReplies)
#include "tst_host_replies.moc"
