// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Embeddings.h"
#include "tests/sim/SimTesting.h"

#include <QtTest>

#include <set>

using namespace farthing::sim;
using namespace farthing::sim::testing;

namespace {

Json chat(const std::string &text, const char *model = "gpt-4o-mini")
{
    Json body = {{"model", model}};
    body["messages"] = Json::array({{{"role", "user"}, {"content", text}}});
    return body;
}

Json streamed(Json body, bool withUsage)
{
    body["stream"] = true;
    if (withUsage)
        body["stream_options"] = {{"include_usage", true}};
    return body;
}

std::string contentOf(const Json &reply)
{
    return reply["choices"][0]["message"]["content"].get<std::string>();
}

} // namespace

class OpenAiTest : public QObject
{
    Q_OBJECT

private slots:
    void answersDependOnSeedAndPromptAlone();
    void streamJoinsToTheBody();
    void usageChunkOnlyWhenAskedFor_data();
    void usageChunkOnlyWhenAskedFor();
    void limitsEndAnAnswer();
    void severalChoices();
    void toolCallsStreamInParts();
    void jsonModes();
    void promptCacheFollowsThePrefix();
    void newestModelsReportCacheWrites();
    void reasoningIsInsideTheOutput();
    void responsesStreamInOrder();
    void responsesCutShortAreIncomplete();
    void responsesCallFunctions();
    void completionsStream();
    void eachPromptIsCompleted_data();
    void eachPromptIsCompleted();
    void noCharacterIsCut_data();
    void noCharacterIsCut();
    void embeddingsInBothEncodings();
    void embeddingsOfLikeTextsAreClose();
    void outputLengthCanBeAskedFor();
    void refusals_data();
    void refusals();
    void models();
};

void OpenAiTest::answersDependOnSeedAndPromptAlone()
{
    Fixture one;
    Fixture two;
    (void)two.json("/v1/chat/completions", chat("something else"));
    const std::string answer =
        contentOf(one.json("/v1/chat/completions", chat("Hello"), {{"authorization", "Bearer a"}}));
    QCOMPARE(contentOf(two.json("/v1/chat/completions", chat("Hello"), {{"authorization", "Bearer b"}})),
             answer);
    QVERIFY(contentOf(one.json("/v1/chat/completions", chat("Hello!"))) != answer);
    ManualClock clock;
    SimProvider other(clock, {.seed = 2, .latency = {}, .faults = {}});
    const Reply reply = other.handle({"POST", "/v1/chat/completions", {}, {}, dump(chat("Hello"))});
    QVERIFY(contentOf(Json::parse(reply.body)) != answer);
}

void OpenAiTest::streamJoinsToTheBody()
{
    Fixture sim;
    const std::string whole = contentOf(sim.json("/v1/chat/completions", chat("Hello")));
    std::string joined;
    const std::vector<Event> events =
        eventsOf(sim.post("/v1/chat/completions", streamed(chat("Hello"), false)));
    for (const Event &event : events) {
        if (event.data.is_object() && event.data["choices"][0]["delta"].contains("content"))
            joined += event.data["choices"][0]["delta"]["content"].get<std::string>();
    }
    QCOMPARE(joined, whole);
    QCOMPARE(events.front().data["choices"][0]["delta"]["role"].get<std::string>(), std::string("assistant"));
    QCOMPARE(events[events.size() - 2].data["choices"][0]["finish_reason"].get<std::string>(),
             std::string("stop"));
    QCOMPARE(events.back().raw, std::string("[DONE]"));
}

void OpenAiTest::usageChunkOnlyWhenAskedFor_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("asked");
    for (const char *path : {"/v1/chat/completions", "/v1/completions"}) {
        QTest::addRow("%s asked", path) << path << true;
        QTest::addRow("%s not asked", path) << path << false;
    }
}

void OpenAiTest::usageChunkOnlyWhenAskedFor()
{
    QFETCH(QString, path);
    QFETCH(bool, asked);
    Fixture sim;
    Json body = streamed(chat("Hello"), asked);
    body["prompt"] = "Hello";
    const std::vector<Event> events = eventsOf(sim.post(path.toStdString(), body));
    for (std::size_t at = 0; at + 2 < events.size(); ++at) {
        QCOMPARE(events[at].data.contains("usage"), asked);
        QVERIFY(!asked || events[at].data["usage"].is_null());
    }
    const Json &last = events[events.size() - 2].data;
    QCOMPARE(last["choices"].empty(), asked);
    QCOMPARE(last.contains("usage") && last["usage"].is_object(), asked);
}

void OpenAiTest::limitsEndAnAnswer()
{
    Fixture sim;
    Json body = chat("Hello");
    body["max_completion_tokens"] = 5;
    const Json reply = sim.json("/v1/chat/completions", body);
    QCOMPARE(reply["choices"][0]["finish_reason"].get<std::string>(), std::string("length"));
    QCOMPARE(reply["usage"]["completion_tokens"].get<int>(), 5);
    QCOMPARE(reply["usage"]["total_tokens"].get<int>(), reply["usage"]["prompt_tokens"].get<int>() + 5);
}

void OpenAiTest::severalChoices()
{
    Fixture sim;
    Json body = chat("Hello");
    body["n"] = 3;
    const Json reply = sim.json("/v1/chat/completions", body);
    QCOMPARE(reply["choices"].size(), std::size_t(3));
    QVERIFY(reply["choices"][0]["message"]["content"] != reply["choices"][1]["message"]["content"]);
    QCOMPARE(reply["choices"][2]["index"].get<int>(), 2);
}

void OpenAiTest::toolCallsStreamInParts()
{
    Fixture sim;
    Json body = streamed(chat("How is the weather in Oslo?"), false);
    body["tools"] = Json::array(
        {{{"type", "function"}, {"function", {{"name", "get_weather"}, {"parameters", weatherSchema()}}}}});
    std::string arguments;
    std::string name;
    const std::vector<Event> events = eventsOf(sim.post("/v1/chat/completions", body));
    for (const Event &event : events) {
        if (!event.data.is_object() || !event.data["choices"][0]["delta"].contains("tool_calls"))
            continue;
        const Json &call = event.data["choices"][0]["delta"]["tool_calls"][0];
        name += textOf(call["function"], "name");
        arguments += textOf(call["function"], "arguments");
    }
    QCOMPARE(name, std::string("get_weather"));
    QVERIFY(Json::parse(arguments, nullptr, false)["city"].is_string());
    QCOMPARE(events[events.size() - 2].data["choices"][0]["finish_reason"].get<std::string>(),
             std::string("tool_calls"));
}

void OpenAiTest::jsonModes()
{
    Fixture sim;
    Json body = chat("Hello");
    body["response_format"] = {{"type", "json_object"}};
    QVERIFY(Json::parse(contentOf(sim.json("/v1/chat/completions", body)), nullptr, false).is_object());
    body["response_format"] = {{"type", "json_schema"},
                               {"json_schema", {{"name", "w"}, {"schema", weatherSchema()}}}};
    QVERIFY(
        Json::parse(contentOf(sim.json("/v1/chat/completions", body)), nullptr, false)["days"].is_number());
}

void OpenAiTest::promptCacheFollowsThePrefix()
{
    Fixture sim;
    const auto cached = [&](const std::string &text, const Headers &headers) {
        return sim
            .json("/v1/chat/completions", chat(text),
                  headers)["usage"]["prompt_tokens_details"]["cached_tokens"]
            .get<int>();
    };
    const Headers mine{{"authorization", "Bearer mine"}};
    QCOMPARE(cached(words(2000), mine), 0);
    const int hit = cached(words(2000) + " more", mine);
    QVERIFY(hit >= 1920 && hit % 128 == 0);
    QCOMPARE(cached("A" + words(2000), mine), 0);
    QCOMPARE(cached(words(2000), {{"authorization", "Bearer yours"}}), 0);
    sim.clock.advance(std::chrono::minutes(6));
    QCOMPARE(cached(words(2000), mine), 0);
}

void OpenAiTest::newestModelsReportCacheWrites()
{
    Fixture sim;
    const Json usage = sim.json("/v1/chat/completions", chat(words(2000), "gpt-5.6-sol"))["usage"];
    QVERIFY(usage["prompt_tokens_details"]["cache_write_tokens"].get<int>() >= 1920);
    QVERIFY(!sim.json("/v1/chat/completions", chat("x"))["usage"]["prompt_tokens_details"].contains(
        "cache_write_tokens"));
}

void OpenAiTest::reasoningIsInsideTheOutput()
{
    Fixture sim;
    const Json usage = sim.json("/v1/chat/completions", chat("Hello", "gpt-5"))["usage"];
    const int reasoning = usage["completion_tokens_details"]["reasoning_tokens"].get<int>();
    QVERIFY(reasoning > 0 && reasoning < usage["completion_tokens"].get<int>());
}

void OpenAiTest::responsesStreamInOrder()
{
    Fixture sim;
    const Json body = {{"model", "gpt-4.1"}, {"input", "Hello"}, {"stream", true}};
    const std::vector<Event> events = eventsOf(sim.post("/v1/responses", body));
    QCOMPARE(
        sequenceOf(events),
        std::string(
            "response.created response.in_progress response.output_item.added response.content_part.added "
            "response.output_text.delta response.output_text.done response.content_part.done "
            "response.output_item.done response.completed"));
    for (std::size_t at = 0; at < events.size(); ++at) {
        QCOMPARE(events[at].data["sequence_number"].get<std::size_t>(), at);
        QCOMPARE(events[at].data["type"].get<std::string>(), events[at].name);
    }
    QVERIFY(events.front().data["response"]["usage"].is_null());
    QVERIFY(events.back().data["response"]["usage"]["output_tokens"].get<int>() > 0);
}

void OpenAiTest::responsesCutShortAreIncomplete()
{
    Fixture sim;
    Json body = {{"model", "gpt-4.1"}, {"input", "Hello"}, {"max_output_tokens", 3}};
    const Json reply = sim.json("/v1/responses", body);
    QCOMPARE(reply["status"].get<std::string>(), std::string("incomplete"));
    QCOMPARE(reply["incomplete_details"]["reason"].get<std::string>(), std::string("max_output_tokens"));
    body["stream"] = true;
    QCOMPARE(eventsOf(sim.post("/v1/responses", body)).back().name, std::string("response.incomplete"));
}

void OpenAiTest::responsesCallFunctions()
{
    Fixture sim;
    Json body = {{"model", "gpt-4.1"}, {"input", "Hello"}, {"tool_choice", "required"}};
    body["tools"] =
        Json::array({{{"type", "function"}, {"name", "get_weather"}, {"parameters", weatherSchema()}}});
    const Json item = sim.json("/v1/responses", body)["output"][0];
    QCOMPARE(item["type"].get<std::string>(), std::string("function_call"));
    QVERIFY(Json::parse(item["arguments"].get<std::string>(), nullptr, false).is_object());
    body["stream"] = true;
    QVERIFY(
        sequenceOf(eventsOf(sim.post("/v1/responses", body))).find("response.function_call_arguments.done") !=
        std::string::npos);
}

void OpenAiTest::completionsStream()
{
    Fixture sim;
    const Json body = {{"model", "gpt-3.5-turbo-instruct"}, {"prompt", "Once"}};
    const Json whole = sim.json("/v1/completions", body);
    QCOMPARE(whole["usage"]["completion_tokens"].get<int>(), 16);
    std::string joined;
    for (const Event &event : eventsOf(sim.post("/v1/completions", streamed(body, false)))) {
        if (event.data.is_object())
            joined += event.data["choices"][0]["text"].get<std::string>();
    }
    QCOMPARE(joined, whole["choices"][0]["text"].get<std::string>());
}

void OpenAiTest::eachPromptIsCompleted_data()
{
    QTest::addColumn<QByteArray>("prompt");
    QTest::addColumn<int>("choices");
    QTest::newRow("a text") << QByteArray(R"("a")") << 2;
    QTest::newRow("two texts") << QByteArray(R"(["a","b"])") << 4;
    QTest::newRow("tokens") << QByteArray("[1,2,3]") << 2;
    QTest::newRow("two lists of tokens") << QByteArray("[[1,2],[3]]") << 4;
}

void OpenAiTest::eachPromptIsCompleted()
{
    QFETCH(QByteArray, prompt);
    QFETCH(int, choices);
    Fixture sim;
    const Json body = {
        {"model", "gpt-3.5-turbo-instruct"}, {"prompt", Json::parse(prompt.toStdString())}, {"n", 2}};
    const Json whole = sim.json("/v1/completions", body);
    QCOMPARE(whole["choices"].size(), static_cast<std::size_t>(choices));
    QCOMPARE(whole["choices"].back()["index"].get<int>(), choices - 1);
    QCOMPARE(whole["usage"]["completion_tokens"].get<int>(), 16 * choices);
    std::set<std::int64_t> streamedIndexes;
    for (const Event &event : eventsOf(sim.post("/v1/completions", streamed(body, false))))
        if (event.data.is_object())
            streamedIndexes.insert(event.data["choices"][0]["index"].get<std::int64_t>());
    QCOMPARE(streamedIndexes.size(), static_cast<std::size_t>(choices));
}

void OpenAiTest::noCharacterIsCut_data()
{
    QTest::addColumn<int>("most");
    for (int most = 1; most < 16; ++most)
        QTest::addRow("%d tokens", most) << most;
}

void OpenAiTest::noCharacterIsCut()
{
    QFETCH(int, most);
    const std::string text = "größe日本語🙂é, naïve 🙂🙂";
    const Json schema = {{"type", "object"}, {"properties", {{"x", {{"enum", {text}}}}}}};
    const std::string replaced = "\xef\xbf\xbd";
    Fixture sim;
    Json body = chat("Hello");
    body["max_tokens"] = most;
    body["response_format"] = {{"type", "json_schema"}, {"json_schema", {{"schema", schema}}}};
    QVERIFY(contentOf(sim.json("/v1/chat/completions", body)).find(replaced) == std::string::npos);
    Json called = streamed(chat("What size?"), false);
    called["tools"] = Json::array(
        {{{"type", "function"}, {"function", {{"name", "choose_size"}, {"parameters", schema}}}}});
    std::string arguments;
    for (const Event &event : eventsOf(sim.post("/v1/chat/completions", called)))
        if (event.data.is_object() && event.data["choices"][0]["delta"].contains("tool_calls"))
            arguments += textOf(event.data["choices"][0]["delta"]["tool_calls"][0]["function"], "arguments");
    QCOMPARE(Json::parse(arguments, nullptr, false)["x"].get<std::string>(), text);
}

void OpenAiTest::embeddingsInBothEncodings()
{
    Fixture sim;
    Json body = {{"model", "text-embedding-3-small"}, {"input", {"one", "two words"}}, {"dimensions", 5}};
    const Json plain = sim.json("/v1/embeddings", body);
    QCOMPARE(plain["data"].size(), std::size_t(2));
    QCOMPARE(plain["usage"]["prompt_tokens"].get<int>(), 3);
    body["encoding_format"] = "base64";
    const Json encoded = sim.json("/v1/embeddings", body);
    const QByteArray bytes =
        QByteArray::fromBase64(QByteArray::fromStdString(encoded["data"][1]["embedding"].get<std::string>()));
    QCOMPARE(bytes.size(), qsizetype(20));
    std::array<float, 5> values{};
    memcpy(values.data(), bytes.constData(), 20);
    for (std::size_t at = 0; at < 5; ++at)
        QCOMPARE(values[at], plain["data"][1]["embedding"][at].get<float>());
}

void OpenAiTest::embeddingsOfLikeTextsAreClose()
{
    const auto cosine = [](std::string_view a, std::string_view b) {
        const std::vector<float> x = embed(a, 512);
        const std::vector<float> y = embed(b, 512);
        return std::inner_product(x.begin(), x.end(), y.begin(), 0.0F);
    };
    QVERIFY(cosine("how do I reset my password", "how do I reset my password") > 0.999F);
    QVERIFY(cosine("how do I reset my password", "how can I reset my password") > 0.7F);
    QVERIFY(cosine("how do I reset my password", "ships leave the harbour at dawn") < 0.3F);
    QVERIFY(cosine("", "") > 0.999F);
}

void OpenAiTest::outputLengthCanBeAskedFor()
{
    Fixture sim;
    const Json reply = sim.json("/v1/chat/completions", chat("Hello"), {{"x-sim-output-tokens", "321"}});
    QCOMPARE(reply["usage"]["completion_tokens"].get<int>(), 321);
}

void OpenAiTest::refusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::newRow("no JSON") << "/v1/chat/completions" << QByteArray("nonsense") << 400;
    QTest::newRow("no model") << "/v1/chat/completions" << QByteArray(R"({"messages":[]})") << 400;
    QTest::newRow("unknown model") << "/v1/chat/completions"
                                   << QByteArray(R"({"model":"gpt-does-not-exist","messages":[]})") << 404;
    QTest::newRow("messages of the wrong type")
        << "/v1/chat/completions" << QByteArray(R"({"model":"gpt-4o","messages":"x"})") << 400;
    QTest::newRow("no prompt") << "/v1/completions" << QByteArray(R"({"model":"davinci-002"})") << 400;
    QTest::newRow("no input") << "/v1/embeddings" << QByteArray(R"({"model":"text-embedding-3-small"})")
                              << 400;
    QTest::newRow("an input that is a number")
        << "/v1/embeddings" << QByteArray(R"({"model":"text-embedding-3-small","input":3})") << 400;
    QTest::newRow("no input to respond to") << "/v1/responses" << QByteArray(R"({"model":"gpt-5"})") << 400;
    QTest::newRow("a response nobody kept")
        << "/v1/responses" << QByteArray(R"({"model":"gpt-5","input":"x","previous_response_id":"resp_1"})")
        << 400;
    QTest::newRow("too many prompts")
        << "/v1/completions"
        << R"({"model":"davinci-002","prompt":["x")" + QByteArray(",\"x\"").repeated(200) + "]}" << 400;
    QTest::newRow("brackets without end")
        << "/v1/chat/completions"
        << R"({"model":"gpt-4o","messages":)" + QByteArray(100'000, '[') + QByteArray(100'000, ']') + "}"
        << 400;
    QTest::newRow("no such path") << "/v1/nothing" << QByteArray("{}") << 404;
}

void OpenAiTest::refusals()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    Fixture sim;
    const Reply reply = sim.provider.handle({"POST", path.toStdString(), {}, {}, body.toStdString()});
    QCOMPARE(reply.status, status);
    const Json error = Json::parse(reply.body)["error"];
    QCOMPARE(error["type"].get<std::string>(), std::string("invalid_request_error"));
    QVERIFY(!error["message"].get<std::string>().empty());
    QVERIFY(error.contains("param") && error.contains("code"));
}

void OpenAiTest::models()
{
    Fixture sim;
    const Json list = Json::parse(sim.get("/v1/models").body);
    QCOMPARE(list["object"].get<std::string>(), std::string("list"));
    QVERIFY(list["data"].size() > 10);
    QCOMPARE(Json::parse(sim.get("/v1/models/gpt-4o").body)["id"].get<std::string>(), std::string("gpt-4o"));
    QCOMPARE(sim.get("/v1/models/nonexistent-model").status, 404);
}

QTEST_GUILESS_MAIN(OpenAiTest)
#include "tst_sim_openai.moc"
