// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ExtractReply.h"

using namespace farthing;

Q_DECLARE_METATYPE(farthing::EndpointKind)
Q_DECLARE_METATYPE(farthing::TokenUsage)

class TestUsageExtractor : public QObject
{
    Q_OBJECT
private slots:
    void bodiesAreReadByTheProvidersOwnCounting_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<TokenUsage>("usage");
        const auto row = [](const char *name, EndpointKind kind, const char *body, const TokenUsage &usage) {
            QTest::newRow(name) << kind << QByteArray(body) << usage;
        };
        using enum EndpointKind;
        row("OpenAI: cached is inside prompt, reasoning inside completion", ChatCompletions,
            "{'usage':{'prompt_tokens':100,'completion_tokens':50,'total_tokens':150,"
            "'prompt_tokens_details':{'cached_tokens':60,'audio_tokens':10},"
            "'completion_tokens_details':{'reasoning_tokens':20,'audio_tokens':5}}}",
            {.input = 100,
             .cachedInput = 60,
             .inputAudio = 10,
             .output = 50,
             .reasoning = 20,
             .outputAudio = 5});
        row("OpenAI: cache writes without a lifetime are 5 m", ChatCompletions,
            "{'usage':{'prompt_tokens':100,'completion_tokens':1,'prompt_tokens_details':{'cached_tokens':10,"
            "'cache_write_tokens':80}}}",
            {.input = 100, .cachedInput = 10, .cacheWrite5m = 80, .output = 1});
        row("DeepSeek", ChatCompletions,
            "{'usage':{'prompt_tokens':100,'completion_tokens':1,'prompt_cache_hit_tokens':64,"
            "'prompt_cache_miss_tokens':36}}",
            {.input = 100, .cachedInput = 64, .output = 1});
        row("Mistral", ChatCompletions,
            "{'usage':{'prompt_tokens':175,'completion_tokens':3,'total_tokens':178,'num_cached_tokens':174}"
            "}",
            {.input = 175, .cachedInput = 174, .output = 3});
        row("hidden thinking", ChatCompletions,
            "{'usage':{'prompt_tokens':66,'completion_tokens':6,'total_tokens':100}}",
            {.input = 66, .output = 34, .reasoning = 28});
        row("reasoning outside of completion", ChatCompletions,
            "{'usage':{'prompt_tokens':10,'completion_tokens':5,'total_tokens':35,"
            "'completion_tokens_details':{'reasoning_tokens':20}}}",
            {.input = 10, .output = 25, .reasoning = 20});
        row("OpenRouter's searches", ChatCompletions,
            "{'usage':{'prompt_tokens':10,'completion_tokens':5,'server_tool_use_details':{'web_search_"
            "requests':2}}}",
            {.input = 10, .output = 5, .serverToolCalls = 2});
        row("completions", Completions,
            "{'usage':{'prompt_tokens':8,'completion_tokens':16,'total_tokens':24}}",
            {.input = 8, .output = 16});
        row("embeddings", OpenAiEmbeddings, "{'data':[],'usage':{'prompt_tokens':8,'total_tokens':8}}",
            {.input = 8});
        row("embeddings, total alone", OpenAiEmbeddings, "{'usage':{'total_tokens':18}}", {.input = 18});
        row("Responses", Responses,
            "{'usage':{'input_tokens':100,'input_tokens_details':{'cached_tokens':40,'cache_write_tokens':50}"
            ","
            "'output_tokens':30,'output_tokens_details':{'reasoning_tokens':10},'total_tokens':130},"
            "'output':[{'type':'web_search_call','action':{'type':'search'}},"
            "{'type':'web_search_call','action':{'type':'open_page'}},{'type':'file_search_call'}]}",
            {.input = 100,
             .cachedInput = 40,
             .cacheWrite5m = 50,
             .output = 30,
             .reasoning = 10,
             .serverToolCalls = 2});
        row("Responses in the background", Responses, "{'status':'queued','usage':null}", {});
        row("Anthropic: input excludes cache reads and creation", Messages,
            "{'usage':{'input_tokens':5,'cache_read_input_tokens':1000,'cache_creation_input_tokens':300,"
            "'cache_creation':{'ephemeral_5m_input_tokens':100,'ephemeral_1h_input_tokens':200},'output_"
            "tokens':7,"
            "'output_tokens_details':{'thinking_tokens':3},"
            "'server_tool_use':{'web_search_requests':2,'web_fetch_requests':5}}}",
            {.input = 1305,
             .cachedInput = 1000,
             .cacheWrite5m = 100,
             .cacheWrite1h = 200,
             .output = 7,
             .reasoning = 3,
             .serverToolCalls = 2});
        row("Anthropic: creation without a split is 5 m", Messages,
            "{'usage':{'input_tokens':5,'cache_creation_input_tokens':300,'output_tokens':7}}",
            {.input = 305, .cacheWrite5m = 300, .output = 7});
        row("Anthropic: the split alone", Messages,
            "{'usage':{'input_tokens':5,'cache_creation':{'ephemeral_1h_input_tokens':30},'output_tokens':7}"
            "}",
            {.input = 35, .cacheWrite1h = 30, .output = 7});
        row("count_tokens is at no cost", CountTokens, "{'input_tokens':1114}", {});
        row("Gemini: tool-use prompt adds to input, thoughts to output", GenerateContent,
            "{'usageMetadata':{'promptTokenCount':100,'cachedContentTokenCount':40,'toolUsePromptTokenCount':"
            "30,"
            "'candidatesTokenCount':20,'thoughtsTokenCount':15,'totalTokenCount':165,"
            "'promptTokensDetails':[{'modality':'TEXT','tokenCount':90},{'modality':'AUDIO','tokenCount':10}]"
            ","
            "'toolUsePromptTokensDetails':[{'tokenCount':2,'modality':'AUDIO'}],"
            "'candidatesTokensDetails':[{'modality':'AUDIO','tokenCount':4}]}}",
            {.input = 130,
             .cachedInput = 40,
             .inputAudio = 12,
             .output = 35,
             .reasoning = 15,
             .outputAudio = 4});
        row("Gemini grounding, by the prompt", GenerateContent,
            "{'candidates':[{'groundingMetadata':{'webSearchQueries':['a','b']}}],'modelVersion':'gemini-2.5-"
            "flash',"
            "'usageMetadata':{'promptTokenCount':1}}",
            {.input = 1, .serverToolCalls = 1});
        row("Gemini 3 grounding, by the query", GenerateContent,
            "{'candidates':[{'groundingMetadata':{'webSearchQueries':['a','b']}}],'modelVersion':'gemini-3-"
            "pro',"
            "'usageMetadata':{'promptTokenCount':1}}",
            {.input = 1, .serverToolCalls = 2});
        row("Gemini embeddings", EmbedContent, "{'embeddings':[],'usageMetadata':{'promptTokenCount':7}}",
            {.input = 7});
    }
    void bodiesAreReadByTheProvidersOwnCounting()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, body);
        QFETCH(TokenUsage, usage);
        const UsageReport report = extract(kind, body);
        QVERIFY(report.usage == usage);
        QVERIFY(report.complete);
        QCOMPARE(report.reported, !(usage == TokenUsage{}));
    }

    void nonsenseIsClamped_data()
    {
        QTest::addColumn<QByteArray>("usage");
        QTest::addColumn<TokenUsage>("expected");
        const auto row = [](const char *name, const char *usage, const TokenUsage &expected) {
            QTest::newRow(name) << QByteArray(usage) << expected;
        };
        row("negative", "{'prompt_tokens':-5,'completion_tokens':-1}", {});
        row("strings", "{'prompt_tokens':'5','completion_tokens':[1]}", {});
        row("huge", "{'prompt_tokens':99999999999999999999999,'completion_tokens':1e300}",
            {.input = 1'000'000'000'000, .output = 1'000'000'000'000});
        row("out of range", "{'prompt_tokens':1e999,'completion_tokens':2}", {.output = 2});
        row("fractions", "{'prompt_tokens':12.0,'completion_tokens':2.9}", {.input = 12, .output = 2});
        row("parts above the whole",
            "{'prompt_tokens':10,'completion_tokens':5,'prompt_tokens_details':{'cached_tokens':50,'audio_"
            "tokens':99},"
            "'completion_tokens_details':{'reasoning_tokens':8,'audio_tokens':3}}",
            {.input = 10, .cachedInput = 10, .inputAudio = 10, .output = 5, .reasoning = 5});
        row("read and written at once",
            "{'prompt_tokens':10,'completion_tokens':5,'prompt_tokens_details':{'cached_tokens':8,'cache_"
            "write_tokens':8}}",
            {.input = 10, .cachedInput = 8, .cacheWrite5m = 2, .output = 5});
        row("details null", "{'prompt_tokens':10,'completion_tokens':5,'prompt_tokens_details':null}",
            {.input = 10, .output = 5});
    }
    void nonsenseIsClamped()
    {
        QFETCH(QByteArray, usage);
        QFETCH(TokenUsage, expected);
        QVERIFY(extract(EndpointKind::ChatCompletions, "{'usage':" + usage + "}").usage == expected);
    }

    void openAiStreamsAreRead()
    {
        const UsageReport report =
            extract(EndpointKind::ChatCompletions,
                    events({"{'model':'','choices':[],'prompt_filter_results':[]}",
                            "{'model':'gpt-x','service_tier':'default','choices':[{'delta':"
                            "{'content':'h\\u00e4llo','role':'assistant'}}],'usage':null}",
                            "{'choices':[{'delta':{'tool_calls':[{'id':'call_1','function':"
                            "{'arguments':'{}'}}]},'finish_reason':'tool_calls'}]}",
                            "{'choices':[],'usage':{'prompt_tokens':3,'completion_tokens':4}}", "[DONE]"}),
                    sseType);
        QVERIFY(report.usage == (TokenUsage{.input = 3, .output = 4}));
        QVERIFY(report.complete && report.reported);
        QCOMPARE(report.responseModel, std::string("gpt-x"));
        QCOMPARE(report.serviceTier, std::string("default"));
        QCOMPARE(report.rawUsage, std::string(R"({"prompt_tokens":3,"completion_tokens":4})"));
        QCOMPARE(report.outputTextBytes, std::int64_t{6 + 2});
    }

    void streamsWithoutUsageOrEndSaySo()
    {
        const QByteArray text = "{'choices':[{'delta':{'content':'abc'}}]}";
        const UsageReport whole = extract(EndpointKind::ChatCompletions, events({text, "[DONE]"}), sseType);
        QVERIFY(whole.complete && !whole.reported);
        const UsageReport broken = extract(EndpointKind::ChatCompletions, events({text, text}), sseType);
        QVERIFY(!broken.complete && !broken.reported);
        QCOMPARE(broken.outputTextBytes, std::int64_t{6});
    }

    void groqReportsBesideTheChoices()
    {
        const UsageReport report =
            extract(EndpointKind::ChatCompletions,
                    events({"{'choices':[{'delta':{}}],'x_groq':{'id':'r','usage':{'prompt_tokens':3,"
                            "'completion_tokens':4}}}",
                            "[DONE]"}),
                    sseType);
        QVERIFY(report.usage == (TokenUsage{.input = 3, .output = 4}));
    }

    void cumulativeUsageKeepsTheLast()
    {
        const UsageReport chat =
            extract(EndpointKind::ChatCompletions,
                    events({"{'choices':[{}],'usage':{'prompt_tokens':3,'completion_tokens':1}}",
                            "{'choices':[{}],'usage':{'prompt_tokens':3,'completion_tokens':2}}"}),
                    sseType);
        QVERIFY(chat.usage == (TokenUsage{.input = 3, .output = 2}));
        const QByteArrayList gemini = {
            "{'candidates':[{'content':{'parts':[{'text':'a'}]}}],'usageMetadata':{'promptTokenCount':5,"
            "'thoughtsTokenCount':9,'totalTokenCount':14}}",
            "{'candidates':[{'content':{'parts':[{'text':'b'}]},'finishReason':'STOP'}],'usageMetadata':"
            "{'promptTokenCount':5,'candidatesTokenCount':2,'totalTokenCount':16}}"};
        const TokenUsage expected{.input = 5, .output = 11, .reasoning = 9};
        for (const bool sse : {true, false}) {
            const QByteArray body = sse ? events(gemini) : "[" + gemini.join("\n,\r\n") + "\n]\n";
            const UsageReport report =
                extract(EndpointKind::StreamGenerateContent, body, sse ? sseType : jsonType);
            QVERIFY(report.usage == expected);
            QVERIFY(report.complete);
            QCOMPARE(report.outputTextBytes, std::int64_t{2});
        }
    }

    void anthropicStreamsMergeStartAndDelta()
    {
        const QByteArray start =
            "{'type':'message_start','message':{'model':'claude-x','content':[],'usage':{'input_tokens':10,"
            "'cache_creation_input_tokens':300,'cache_read_input_tokens':50,'cache_creation':"
            "{'ephemeral_5m_input_tokens':100,'ephemeral_1h_input_tokens':200},'output_tokens':1,'service_"
            "tier':"
            "'standard'}}}";
        const QByteArray text = "{'type':'content_block_delta','delta':{'type':'text_delta','text':'hello'}}";
        const QByteArray delta = "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':"
                                 "{'input_tokens':12,'cache_creation_input_tokens':null,'output_tokens':40}}";
        const QByteArray stop = "{'type':'message_stop'}";
        const UsageReport whole =
            extract(EndpointKind::Messages, events({start, text, delta, delta, stop}), sseType);
        QVERIFY(
            whole.usage ==
            (TokenUsage{
                .input = 362, .cachedInput = 50, .cacheWrite5m = 100, .cacheWrite1h = 200, .output = 40}));
        QVERIFY(whole.complete);
        QCOMPARE(whole.responseModel, std::string("claude-x"));
        QCOMPARE(whole.serviceTier, std::string("standard"));
        QVERIFY(whole.rawUsage.find(R"("ephemeral_1h_input_tokens":200)") != std::string::npos);
        QVERIFY(whole.rawUsage.find(R"("output_tokens":40)") != std::string::npos);

        const UsageReport broken = extract(EndpointKind::Messages, events({start, text}), sseType);
        QVERIFY(broken.reported && !broken.complete);
        QCOMPARE(broken.usage.output, std::int64_t{1});
        QCOMPARE(broken.outputTextBytes, std::int64_t{5});
    }

    void iterationsAreWhatWasPaid()
    {
        const UsageReport advised = extract(
            EndpointKind::Messages,
            "{'model':'main','usage':{'input_tokens':30,'output_tokens':12,'output_tokens_details':{'"
            "thinking_tokens':7},"
            "'iterations':[{'type':'message','input_tokens':10,'output_tokens':5},"
            "{'type':'advisor_message','model':'adviser','input_tokens':100,'cache_read_input_tokens':20,"
            "'output_tokens':50},{'type':'message','model':'main','input_tokens':20,'output_tokens':7}]}}");
        QCOMPARE(advised.parts.size(), std::size_t{2});
        QVERIFY(advised.parts[0] == (UsagePart{{}, {.input = 30, .output = 12, .reasoning = 7}}));
        QVERIFY(advised.parts[1] == (UsagePart{"adviser", {.input = 120, .cachedInput = 20, .output = 50}}));
        QVERIFY(advised.usage == (TokenUsage{.input = 150, .cachedInput = 20, .output = 62, .reasoning = 7}));

        const UsageReport compacted = extract(
            EndpointKind::Messages,
            "{'model':'main','usage':{'input_tokens':181,'output_tokens':8,'iterations':["
            "{'type':'compaction','input_tokens':100,'cache_read_input_tokens':55096,'output_tokens':83},"
            "{'type':'message','input_tokens':181,'output_tokens':8}]}}");
        QVERIFY(compacted.parts.empty());
        QVERIFY(compacted.usage == (TokenUsage{.input = 55377, .cachedInput = 55096, .output = 91}));
    }

    void responsesReportOnEveryTerminalEvent_data()
    {
        QTest::addColumn<QByteArray>("type");
        for (const char *type : {"completed", "incomplete", "failed"})
            QTest::newRow(type) << QByteArray(type);
    }
    void responsesReportOnEveryTerminalEvent()
    {
        QFETCH(QByteArray, type);
        const UsageReport report = extract(
            EndpointKind::Responses,
            events({"{'type':'response.created','response':{'model':'m','service_tier':'auto','usage':null}}",
                    "{'delta':'abc','type':'response.output_text.delta'}",
                    "{'type':'response.audio.delta','delta':'AAAA'}",
                    "{'response':{'model':'m','service_tier':'default','output':[{'type':'message','content':"
                    "[{'type':'output_text','text':'abc'}]}],'error':{'code':'x','message':'why'},"
                    "'usage':{'input_tokens':3,'output_tokens':4}},'type':'response." +
                        type + "'}"}),
            sseType);
        QVERIFY(report.usage == (TokenUsage{.input = 3, .output = 4}));
        QVERIFY(report.complete);
        QCOMPARE(report.serviceTier, std::string("default"));
        QCOMPARE(report.error, std::string("x: why"));
        QCOMPARE(report.outputTextBytes, std::int64_t{3});
    }

    void errorsAreNamed_data()
    {
        QTest::addColumn<EndpointKind>("kind");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("sse");
        using enum EndpointKind;
        QTest::newRow("OpenAI") << ChatCompletions << QByteArray("{'error':{'message':'why','code':null}}")
                                << false;
        QTest::newRow("plain") << ChatCompletions << QByteArray("{'error':'why'}") << false;
        QTest::newRow("Mistral") << ChatCompletions << QByteArray("{'object':'error','message':'why'}")
                                 << false;
        QTest::newRow("FastAPI") << ChatCompletions << QByteArray("{'detail':'why'}") << false;
        QTest::newRow("Anthropic") << Messages << QByteArray("{'type':'error','error':{'message':'why'}}")
                                   << false;
        QTest::newRow("Gemini") << GenerateContent << QByteArray("{'error':{'code':400,'message':'why'}}")
                                << false;
        QTest::newRow("Gemini array")
            << StreamGenerateContent << QByteArray("[{'error':{'message':'why'}}]") << false;
        QTest::newRow("count_tokens") << CountTokens << QByteArray("{'error':{'message':'why'}}") << false;
        QTest::newRow("other") << Other << QByteArray("{'error':{'message':'why'}}") << false;
        QTest::newRow("Anthropic stream")
            << Messages << events({"{'type':'error','error':{'message':'why'}}"}) << true;
        QTest::newRow("Responses stream")
            << Responses << events({"{'type':'error','message':'why'}"}) << true;
        QTest::newRow("chat stream") << ChatCompletions << events({"{'error':{'message':'why'}}"}) << true;
    }
    void errorsAreNamed()
    {
        QFETCH(EndpointKind, kind);
        QFETCH(QByteArray, body);
        QFETCH(bool, sse);
        const UsageReport report = extract(kind, body, sse ? sseType : jsonType, sse ? 200 : 400);
        QCOMPARE(report.error, std::string("why"));
        QVERIFY(!report.reported);
    }

    void aWordBesideAReplyIsNoError_data()
    {
        QTest::addColumn<QByteArray>("chunk");
        QTest::newRow("before the choices") << QByteArray(
            "{'message':'ok','choices':[{'delta':{'content':'x'}}],'usage':{'prompt_tokens':3}}");
        QTest::newRow("after them") << QByteArray(
            "{'choices':[{'delta':{'content':'x'}}],'usage':{'prompt_tokens':3},'detail':'ok'}");
        QTest::newRow("beside the usage")
            << QByteArray("{'message':'ok','choices':[],'usage':{'prompt_tokens':3}}");
        QTest::newRow("in a chunk of its own")
            << QByteArray("{'type':'ping','message':'keepalive'}|{'choices':[],'usage':{'prompt_tokens':3}}");
        QTest::newRow("no error") << QByteArray("{'error':null,'usage':{'prompt_tokens':3}}");
        QTest::newRow("not a text") << QByteArray("{'message':{'content':'x'},'usage':{'prompt_tokens':3}}");
    }
    void aWordBesideAReplyIsNoError()
    {
        QFETCH(QByteArray, chunk);
        const UsageReport report = extract(EndpointKind::ChatCompletions, events(chunk.split('|')), sseType);
        QVERIFY(!report.failed);
        QCOMPARE(report.error, std::string());
        QCOMPARE(report.usage.input, std::int64_t{3});
    }

    void tiersAreReported_data()
    {
        QTest::addColumn<QByteArray>("member");
        QTest::addColumn<QByteArray>("tier");
        QTest::newRow("Gemini") << QByteArray("'serviceTier':'flex'") << QByteArray("flex");
        QTest::newRow("Vertex") << QByteArray("'trafficType':'ON_DEMAND'") << QByteArray("standard");
        QTest::newRow("Vertex flex") << QByteArray("'trafficType':'ON_DEMAND_FLEX'") << QByteArray("flex");
        QTest::newRow("unknown") << QByteArray("'trafficType':'X'") << QByteArray();
    }
    void tiersAreReported()
    {
        QFETCH(QByteArray, member);
        QFETCH(QByteArray, tier);
        const UsageReport report =
            extract(EndpointKind::GenerateContent, "{'usageMetadata':{" + member + "}}");
        QCOMPARE(QByteArray::fromStdString(report.serviceTier), tier);
    }

    void anythingIsTolerated_data()
    {
        QTest::addColumn<QByteArray>("body");
        for (const char *body :
             {"", " ", "<html>502</html>", "{", "{'usage'", "{'usage':", "{'usage':{", "null", "[", "[{",
              "{'usage':[]}", "{'choices':{}}", "{'choices':[1,null]}", "{'model':5}"})
            QTest::newRow(body) << QByteArray(body);
    }
    void anythingIsTolerated()
    {
        QFETCH(QByteArray, body);
        for (const EndpointKind kind :
             {EndpointKind::ChatCompletions, EndpointKind::Responses, EndpointKind::Messages,
              EndpointKind::GenerateContent, EndpointKind::EmbedContent, EndpointKind::Other})
            for (const char *type : {jsonType, sseType}) {
                const UsageReport report = extract(kind, type == sseType ? events({body}) : body, type, 500);
                QVERIFY(report.usage == TokenUsage{});
            }
    }

    void aUsageWithoutACountReportsNothing_data()
    {
        QTest::addColumn<QByteArray>("usage");
        QTest::addColumn<bool>("reported");
        QTest::newRow("empty") << QByteArray("{}") << false;
        QTest::newRow("no numbers") << QByteArray("{'prompt_tokens':null,'completion_tokens':'7'}") << false;
        QTest::newRow("zero is a count") << QByteArray("{'prompt_tokens':0}") << true;
        QTest::newRow("a number among others") << QByteArray("{'a':null,'prompt_tokens':3}") << true;
    }
    void aUsageWithoutACountReportsNothing()
    {
        QFETCH(QByteArray, usage);
        QFETCH(bool, reported);
        const UsageReport report = extract(EndpointKind::ChatCompletions, "{'usage':" + usage + "}");
        QCOMPARE(report.reported, reported);
    }

    void textThatCannotBeDecodedDoesNotHideTheUsage()
    {
        const UsageReport report =
            extract(EndpointKind::ChatCompletions, "{'choices':[{'message':{'content':'\\ud83d'}}],'usage':{'"
                                                   "prompt_tokens':1,'completion_tokens':2}}");
        QVERIFY(report.usage == (TokenUsage{.input = 1, .output = 2}));
    }
};

QTEST_GUILESS_MAIN(TestUsageExtractor)
#include "tst_usage_extractor.moc"
