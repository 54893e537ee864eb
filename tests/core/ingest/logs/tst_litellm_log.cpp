// SPDX-License-Identifier: GPL-3.0-or-later
// What rows of LiteLLM's spend logs become.
#include "core/ingest/logs/LiteLlmFile.h"
#include "core/ingest/logs/LiteLlmLog.h"
#include "core/model/EventCsv.h"
#include "core/model/EventJson.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

/// A call of gpt-4o by key "bot" of team "blue"; ' stands for ". Members that come again replace these.
QByteArray row(const QByteArray &more = {}, const QByteArray &metadata = {})
{
    QByteArray json =
        "{'request_id':'chatcmpl-1','call_type':'acompletion','api_key':'hash','spend':3.5e-05,"
        "'total_tokens':13,'prompt_tokens':10,'completion_tokens':3,"
        "'startTime':'2026-11-20T10:00:00.250000Z','endTime':'2026-11-20T10:00:01.500000Z',"
        "'completionStartTime':'2026-11-20T10:00:01.500000Z','model':'gpt-4o','model_id':'x',"
        "'model_group':'fast','custom_llm_provider':'openai','user':'admin','end_user':'u1',"
        "'team_id':'t1','session_id':'s1','cache_hit':'None','cache_key':'Cache OFF',"
        "'request_tags':[],'status':'success','messages':{},'response':{},'requester_ip_address':null,"
        "'metadata':{'user_api_key_alias':'bot','user_api_key_team_alias':'blue'" +
        metadata + "}" + more + "}";
    return json.replace('\'', '"');
}

CostEvent eventOf(const QByteArray &json)
{
    LiteLlmLog log;
    const auto event = log.eventOf(json.toStdString());
    if (!event)
        qFatal("%s: %s", json.constData(), event.error().toString().c_str());
    return *event;
}

} // namespace

class LiteLlmLogTest : public QObject
{
    Q_OBJECT

private slots:
    void aRowIsACall()
    {
        const CostEvent event = eventOf(row());
        QCOMPARE(formatRfc3339(event.time), std::string("2026-11-20T10:00:00.250000Z"));
        QCOMPARE(event.eventId, eventIdOfKey(event.time, "chatcmpl-1", "litellm"));
        QCOMPARE(event.callId, event.eventId);
        QVERIFY(event.usage == (TokenUsage{.input = 10, .output = 3}));
        QVERIFY(event.usageSource == UsageSource::Provider && event.priced);
        QCOMPARE(event.cost->nanoUsd(), 35'000);
        QCOMPARE(event.provider, std::string("openai"));
        QCOMPARE(event.endpoint, std::string("chat"));
        QCOMPARE(event.responseModel, std::string("gpt-4o"));
        QCOMPARE(event.requestModel, std::string("fast"));
        QCOMPARE(event.workflow, std::string("blue"));
        QCOMPARE(event.feature, std::string("bot"));
        QCOMPARE(event.user, std::string("u1"));
        QCOMPARE(event.session, std::string("s1"));
        QCOMPARE(event.latencyUs, 1'250'000);
        QCOMPARE(event.ttftUs, -1);
        QCOMPARE(event.status, 200);
        QVERIFY(!event.stream && event.cache == CacheKind::None && event.tags.empty());
    }

    void whoseCallItIs_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("metadata");
        QTest::addColumn<QByteArray>("names"); // workflow/feature/user tags
        const auto add = [](const char *name, const char *more, const char *metadata, const char *names) {
            QTest::newRow(name) << QByteArray(more) << QByteArray(metadata) << QByteArray(names);
        };
        add("team and key", "", "", "blue/bot/u1 ");
        add("a key without a team", "", ",'user_api_key_team_alias':null", "bot//u1 team=t1");
        add("neither", ",'team_id':null", ",'user_api_key_team_alias':null,'user_api_key_alias':null",
            "untagged//u1 ");
        add("tags", ",'request_tags':['workflow:search','feature: rank','tier:gold','plain']", "",
            "search/rank/u1 tier=gold plain= team=blue key=bot");
        add("tags as text", ",'request_tags':'[\\'workflow:search\\']'", "", "search//u1 team=blue key=bot");
        add("what the request said", "", ",'spend_logs_metadata':{'workflow':'w','feature':'f','x':1}",
            "w/f/u1 team=blue key=bot");
        add("no end user", ",'end_user':''", "", "blue/bot/admin ");
        add("tags that are none", ",'request_tags':{'a':1}", "", "blue/bot/u1 ");
    }
    void whoseCallItIs()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, metadata);
        QFETCH(QByteArray, names);
        const CostEvent event = eventOf(row(more, metadata));
        QByteArrayList tags;
        for (const auto &[name, value] : event.tags)
            tags.append(QByteArray::fromStdString(name + "=" + value));
        QCOMPARE(QByteArray::fromStdString(event.workflow + "/" + event.feature + "/" + event.user) + ' ' +
                     tags.join(' '),
                 names);
    }

    void theClientIsATag()
    {
        const CostEvent event = eventOf(row(",'request_tags':['User-Agent: curl','User-Agent: curl/8.1']"));
        QCOMPARE(event.client, std::string("curl/8.1"));
        QVERIFY(event.tags.empty());
    }

    void partsOfTheTokens_data()
    {
        QTest::addColumn<QByteArray>("usage");
        QTest::addColumn<TokenUsage>("expected");
        const auto add = [](const char *name, const char *usage, const TokenUsage &expected) {
            QTest::newRow(name) << QByteArray(usage) << expected;
        };
        // prompt_tokens 100, completion_tokens 50
        add("none", "", {.input = 100, .output = 50});
        add("OpenAI's",
            ",'usage_object':{'prompt_tokens_details':{'cached_tokens':80,'audio_tokens':null},"
            "'completion_tokens_details':{'reasoning_tokens':20}}",
            {.input = 100, .cachedInput = 80, .output = 50, .reasoning = 20});
        add("Anthropic's of today",
            ",'usage_object':{'prompt_tokens_details':{'cached_tokens':60,'cache_creation_tokens':30},"
            "'cache_read_input_tokens':60,'cache_creation_input_tokens':30}",
            {.input = 100, .cachedInput = 60, .cacheWrite5m = 30, .output = 50});
        add("Anthropic's, with lifetimes",
            ",'usage_object':{'prompt_tokens_details':{'cached_tokens':0,'cache_creation_tokens':30,"
            "'cache_creation_token_details':{'ephemeral_5m_input_tokens':10,'ephemeral_1h_input_tokens':20}}"
            "}",
            {.input = 100, .cacheWrite5m = 10, .cacheWrite1h = 20, .output = 50});
        add("Anthropic's of 2025, where writes stood beside the prompt",
            ",'usage_object':{'prompt_tokens_details':{'cached_tokens':60},'cache_read_input_tokens':60,"
            "'cache_creation_input_tokens':30}",
            {.input = 130, .cachedInput = 60, .cacheWrite5m = 30, .output = 50});
        add("writes that cannot be part of the whole",
            ",'additional_usage_values':{'cache_creation_input_tokens':1253}",
            {.input = 1353, .cacheWrite5m = 1253, .output = 50});
        add("reads and writes beside the whole",
            ",'additional_usage_values':{'cache_read_input_tokens':200,'cache_creation_input_tokens':10}",
            {.input = 310, .cachedInput = 200, .cacheWrite5m = 10, .output = 50});
        add("a stream that says 0 in one place",
            ",'usage_object':{'prompt_tokens_details':{'cached_tokens':0},'cache_read_input_tokens':90}",
            {.input = 100, .cachedInput = 90, .output = 50});
        add("beside the usage object",
            ",'usage_object':null,'additional_usage_values':{'cache_read_input_tokens':80}",
            {.input = 100, .cachedInput = 80, .output = 50});
        add("Anthropic's own form",
            ",'additional_usage_values':{'cache_creation':{'ephemeral_1h_input_tokens':5},"
            "'cache_creation_input_tokens':5,'server_tool_use':{'web_search_requests':2}}",
            {.input = 100, .cacheWrite1h = 5, .output = 50, .serverToolCalls = 2});
        add("audio",
            ",'usage_object':{'prompt_tokens_details':{'audio_tokens':40},'completion_tokens_details':"
            "{'audio_tokens':30,'reasoning_tokens':40}}",
            {.input = 100, .inputAudio = 40, .output = 50, .reasoning = 20, .outputAudio = 30});
    }
    void partsOfTheTokens()
    {
        QFETCH(QByteArray, usage);
        QFETCH(TokenUsage, expected);
        const CostEvent event = eventOf(row(",'prompt_tokens':100,'completion_tokens':50", usage));
        QVERIFY2(event.usage == expected, toJson(event, false).c_str());
    }

    void whatItCosts_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("cost");
        QTest::newRow("its spend") << QByteArray(",'spend':0.5") << QByteArray("0.5");
        QTest::newRow("no price known") << QByteArray(",'spend':0") << QByteArray();
        QTest::newRow("none said") << QByteArray(",'spend':null") << QByteArray();
        QTest::newRow("from the cache") << QByteArray(",'spend':0.0,'cache_hit':'True'") << QByteArray("0");
        QTest::newRow("failed") << QByteArray(",'spend':0,'status':'failure'") << QByteArray("0");
        QTest::newRow("free") << QByteArray(",'spend':0,'call_type':'amoderation','prompt_tokens':0,"
                                            "'completion_tokens':0")
                              << QByteArray("0");
        QTest::newRow("an image of unknown price")
            << QByteArray(
                   ",'spend':0,'call_type':'aimage_generation','prompt_tokens':0,'completion_tokens':0")
            << QByteArray();
    }
    void whatItCosts()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, cost);
        const CostEvent event = eventOf(row(more));
        QCOMPARE(event.cost ? QByteArray::fromStdString(event.cost->toUsdString()) : QByteArray(), cost);
        QCOMPARE(event.priced, event.cost.has_value());
    }

    void failures_data()
    {
        QTest::addColumn<QByteArray>("metadata");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("a code") << QByteArray(",'error_information':{'error_code':'429','error_class':"
                                              "'RateLimitError','error_message':'key sk-1 …','traceback':''}")
                                << 429 << QByteArray("RateLimitError");
        QTest::newRow("a code that is a number")
            << QByteArray(",'error_information':{'error_code':503,'error_class':''}") << 503
            << QByteArray("error");
        QTest::newRow("no code") << QByteArray(
                                        ",'error_information':{'error_code':'','error_class':'Timeout'}")
                                 << 500 << QByteArray("Timeout");
        QTest::newRow("no error's") << QByteArray(",'error_information':{'error_code':'200'}") << 500
                                    << QByteArray("error");
        QTest::newRow("nothing said")
            << QByteArray(",'error_information':null") << 500 << QByteArray("error");
    }
    void failures()
    {
        QFETCH(QByteArray, metadata);
        QFETCH(int, status);
        QFETCH(QByteArray, error);
        for (const QByteArray more : {",'status':'failure'", ",'status':null"}) {
            const CostEvent event =
                eventOf(row(more, more.contains("null") ? metadata + ",'status':'failure'" : metadata));
            QCOMPARE(event.status, status);
            QCOMPARE(QByteArray::fromStdString(event.error), error);
            QVERIFY(!event.delivered());
        }
    }

    void kindsOfCalls_data()
    {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("endpoint");
        for (const auto &[type, endpoint] :
             {std::pair("completion", "chat"), std::pair("aembedding", "embeddings"),
              std::pair("atext_completion", "text_completion"), std::pair("aresponses", "chat"),
              std::pair("anthropic_messages", "chat"),
              std::pair("agenerate_content_stream", "generate_content"), std::pair("_arealtime", "realtime"),
              std::pair("arerank", "rerank"), std::pair("atranscription", "audio"),
              std::pair("pass_through_endpoint", "chat"), std::pair("something_new", "chat")})
            QTest::newRow(type) << QByteArray(type) << QByteArray(endpoint);
    }
    void kindsOfCalls()
    {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, endpoint);
        QCOMPARE(QByteArray::fromStdString(eventOf(row(",'call_type':'" + type + "'")).endpoint), endpoint);
    }

    void batchesAndWhatHasNoTokens()
    {
        const QByteArray none = ",'prompt_tokens':0,'completion_tokens':0";
        QVERIFY(eventOf(row(",'call_type':'aretrieve_batch'")).batch);
        QVERIFY(!eventOf(row(",'call_type':'aretrieve_batch'" + none)).batch);
        QCOMPARE(eventOf(row(",'call_type':'aretrieve_batch'" + none)).endpoint, std::string("batch"));
        QCOMPARE(eventOf(row(",'call_type':'call_mcp_tool'" + none)).endpoint, std::string("other"));
    }

    void modelsAndTimes()
    {
        CostEvent event = eventOf(row(",'model':'anthropic/claude-haiku-4-5','model_group':'',"
                                      "'custom_llm_provider':'anthropic'"));
        QCOMPARE(event.responseModel, std::string("claude-haiku-4-5"));
        QCOMPARE(event.requestModel, std::string("claude-haiku-4-5"));
        event = eventOf(row(",'custom_llm_provider':'vertex_ai'"));
        QCOMPARE(event.provider, std::string("vertex"));
        event = eventOf(row(",'completionStartTime':'2026-11-20T10:00:00.750000Z'"));
        QVERIFY(event.stream);
        QCOMPARE(event.ttftUs, 500'000);
        for (const QByteArray time : {"2026-11-20 10:00:00.25", "2026-11-20 10:00:00.250000+00:00",
                                      "2026-11-20 10:00:00.25+00", "2026-11-20T11:00:00.25+01:00"})
            QCOMPARE(formatRfc3339(eventOf(row(",'startTime':'" + time + "'")).time),
                     std::string("2026-11-20T10:00:00.250000Z"));
    }

    void badRowsSayWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("error");
        const auto add = [](const char *name, const QByteArray &json, const char *error) {
            QTest::newRow(name) << json << QByteArray(error);
        };
        add("no object", "[1]", "is no JSON object");
        add("cut", row().left(300), "is no JSON object");
        add("a day's sums", R"({"spend":1,"startTime":"2026-11-20","users":{},"models":{}})",
            "request_id: is missing; a day's sums are no calls: ask /spend/logs with summarize=false");
        add("no time", row(",'startTime':null"), "startTime: is missing");
        add("a bad time", row(",'startTime':'soon'"), "startTime: 'soon' is no time");
        add("bad tokens", row(",'prompt_tokens':-1"), "prompt_tokens: '-1' is not a whole number");
        add("a bad spend", row(",'spend':'much'"), "spend: 'much' is not an amount in USD");
        add("a negative spend", row(",'spend':-1"), "cost_usd: $-1 is outside");
        add("bad metadata", row(",'metadata':'{'"), "metadata: is no JSON object");
    }
    void badRowsSayWhatIsWrong()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, error);
        LiteLlmLog log;
        const auto event = log.eventOf(json.toStdString());
        QVERIFY(!event);
        QVERIFY2(QByteArray::fromStdString(event.error().toString()).startsWith(error),
                 event.error().toString().c_str());
    }

    void jsonAndCsvGiveTheSameEvents()
    {
        const QTemporaryDir dir;
        const QByteArray second = row(",'request_id':'chatcmpl-2'");
        const QByteArray csv =
            "request_id,call_type,spend,prompt_tokens,completion_tokens,startTime,endTime,"
            "completionStartTime,"
            "model,model_group,custom_llm_provider,user,end_user,team_id,session_id,cache_hit,request_tags,"
            "metadata,"
            "status,messages\n"
            "chatcmpl-1,acompletion,3.5e-05,10,3,2026-11-20 10:00:00.25,2026-11-20 10:00:01.5,"
            "2026-11-20 10:00:01.5,gpt-4o,fast,openai,admin,u1,t1,s1,None,[],"
            "\"{\"\"user_api_key_alias\"\": \"\"bot\"\", \"\"user_api_key_team_alias\"\": "
            "\"\"blue\"\"}\",success," +
            QByteArray(100'000, 'x') + "\n";
        const std::pair<const char *, QByteArray> files[] = {
            {"array.json", "[" + row() + "," + second + "]"},
            {"lines.jsonl", row() + "\n" + second + "\n"},
            {"page.json", "{\"data\": [" + row() + ", " + second + "],\n\"total\": 2, \"page\": 1}"},
            {"dump.csv", csv}};
        for (const auto &[name, content] : files) {
            QFile file(dir.filePath(name));
            QVERIFY(file.open(QIODevice::WriteOnly) && file.write(content) == content.size());
            file.close();
            const auto source = LiteLlmFile::open(dir.filePath(name).toStdString());
            QVERIFY(source);
            std::vector<CostEvent> all;
            const auto done = (*source)->read({}, [&all](std::vector<CostEvent> &events) -> Result<void> {
                std::ranges::move(events, std::back_inserter(all));
                events.clear();
                return {};
            });
            QVERIFY2(done, done ? "" : done.error().toString().c_str());
            QCOMPARE(all.size(), std::size_t(content == csv ? 1 : 2));
            QVERIFY2(all.front() == eventOf(row()), name);
        }
        LiteLlmLog log;
        QVERIFY(!log.setColumns({"request_id", "spend"}));
    }
};

QTEST_GUILESS_MAIN(LiteLlmLogTest)
#include "tst_litellm_log.moc"
