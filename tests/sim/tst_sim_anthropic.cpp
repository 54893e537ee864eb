// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/SimTesting.h"

#include <QtTest>

using namespace farthing::sim;
using namespace farthing::sim::testing;

namespace {

Json request(const std::string &text, bool stream = false)
{
    Json body = {{"model", "claude-sonnet-4-5"}, {"max_tokens", 200}};
    body["messages"] = Json::array({{{"role", "user"}, {"content", text}}});
    body["stream"] = stream;
    return body;
}

Json systemBlock(std::size_t tokens, const char *ttl)
{
    Json block = {{"type", "text"}, {"text", words(tokens)}};
    block["cache_control"] = {{"type", "ephemeral"}};
    if (ttl)
        block["cache_control"]["ttl"] = ttl;
    return block;
}

} // namespace

class AnthropicTest : public QObject
{
    Q_OBJECT

private slots:
    void streamHasTheFullSequence();
    void streamAndBodySayTheSame();
    void streamCountsAreCumulative();
    void toolsAreCalledWhenTheUserSpeaksOfThem();
    void toolResultsAreAnsweredWithText();
    void thinkingComesFirstWithItsSignature();
    void cacheControlIsCounted();
    void countTokensEqualsTheUsage();
    void refusals_data();
    void refusals();
    void listsModels();
};

void AnthropicTest::streamHasTheFullSequence()
{
    Fixture sim;
    const Reply reply = sim.post("/v1/messages", request("Hello", true));
    QVERIFY(reply.contentType.starts_with("text/event-stream"));
    QCOMPARE(sequenceOf(eventsOf(reply)),
             std::string("message_start content_block_start ping content_block_delta content_block_stop "
                         "message_delta message_stop"));
}

void AnthropicTest::streamAndBodySayTheSame()
{
    Fixture sim;
    const Json body = sim.json("/v1/messages", request("Hello"));
    std::string text;
    for (const Event &event : eventsOf(sim.post("/v1/messages", request("Hello", true)))) {
        if (event.name == "content_block_delta")
            text += event.data["delta"]["text"].get<std::string>();
    }
    QCOMPARE(text, body["content"][0]["text"].get<std::string>());
    QCOMPARE(body["stop_reason"].get<std::string>(), std::string("end_turn"));
}

void AnthropicTest::streamCountsAreCumulative()
{
    Fixture sim;
    Json body = request("Hello", true);
    body["max_tokens"] = 9;
    const std::vector<Event> events = eventsOf(sim.post("/v1/messages", body));
    QCOMPARE(events.front().data["message"]["usage"]["output_tokens"].get<int>(), 1);
    const Json &delta = events[events.size() - 2].data;
    QCOMPARE(delta["usage"]["output_tokens"].get<int>(), 9);
    QCOMPARE(delta["delta"]["stop_reason"].get<std::string>(), std::string("max_tokens"));
    QVERIFY(!delta["usage"].contains("cache_creation"));
}

void AnthropicTest::toolsAreCalledWhenTheUserSpeaksOfThem()
{
    Fixture sim;
    Json body = request("What is the weather in Oslo?", true);
    body["tools"] = Json::array({{{"name", "get_weather"}, {"input_schema", weatherSchema()}}});
    std::string arguments;
    const std::vector<Event> events = eventsOf(sim.post("/v1/messages", body));
    for (const Event &event : events) {
        if (event.name == "content_block_delta")
            arguments += event.data["delta"]["partial_json"].get<std::string>();
    }
    const Json input = Json::parse(arguments, nullptr, false);
    QVERIFY(input["city"].is_string() && input["days"].is_number());
    QCOMPARE(events[events.size() - 2].data["delta"]["stop_reason"].get<std::string>(),
             std::string("tool_use"));
    body["tool_choice"] = {{"type", "none"}};
    body["stream"] = false;
    QCOMPARE(sim.json("/v1/messages", body)["stop_reason"].get<std::string>(), std::string("end_turn"));
}

void AnthropicTest::toolResultsAreAnsweredWithText()
{
    Fixture sim;
    Json body = request("What is the weather in Oslo?");
    body["tools"] = Json::array({{{"name", "get_weather"}, {"input_schema", weatherSchema()}}});
    const Json called = sim.json("/v1/messages", body);
    body["messages"].push_back({{"role", "assistant"}, {"content", called["content"]}});
    body["messages"].push_back({{"role", "user"},
                                {"content", Json::array({{{"type", "tool_result"},
                                                          {"tool_use_id", called["content"][0]["id"]},
                                                          {"content", "4 C"}}})}});
    const Json answer = sim.json("/v1/messages", body);
    QCOMPARE(answer["content"][0]["type"].get<std::string>(), std::string("text"));
    QVERIFY(answer["usage"]["input_tokens"].get<int>() > called["usage"]["input_tokens"].get<int>());
}

void AnthropicTest::thinkingComesFirstWithItsSignature()
{
    Fixture sim;
    Json body = request("Hello", true);
    body["max_tokens"] = 4000;
    body["thinking"] = {{"type", "enabled"}, {"budget_tokens", 1024}};
    const std::vector<Event> events = eventsOf(sim.post("/v1/messages", body));
    QCOMPARE(events[1].data["content_block"]["type"].get<std::string>(), std::string("thinking"));
    std::string types;
    std::string last;
    for (const Event &event : events) {
        const std::string type =
            event.name == "content_block_delta" ? event.data["delta"]["type"].get<std::string>() : last;
        if (type != last)
            types += type + ' ';
        last = type;
    }
    QCOMPARE(types, std::string("thinking_delta signature_delta text_delta "));
}

void AnthropicTest::cacheControlIsCounted()
{
    Fixture sim;
    Json body = request("Hello");
    body["system"] = Json::array({systemBlock(1500, "1h"), systemBlock(1200, nullptr)});
    const Json first = sim.json("/v1/messages", body)["usage"];
    QCOMPARE(first["cache_creation"]["ephemeral_1h_input_tokens"].get<int>(), 1500);
    QCOMPARE(first["cache_creation"]["ephemeral_5m_input_tokens"].get<int>(), 1200);
    QCOMPARE(first["cache_creation_input_tokens"].get<int>(), 2700);
    const Json second = sim.json("/v1/messages", body)["usage"];
    QCOMPARE(second["cache_read_input_tokens"].get<int>(), 2700);
    QCOMPARE(second["input_tokens"].get<int>(), first["input_tokens"].get<int>());
    sim.clock.advance(std::chrono::minutes(20));
    QCOMPARE(sim.json("/v1/messages", body)["usage"]["cache_read_input_tokens"].get<int>(), 1500);
    body["model"] = "claude-haiku-4-5"; // caches from 4,096 tokens on
    QCOMPARE(sim.json("/v1/messages", body)["usage"]["cache_creation_input_tokens"].get<int>(), 0);
}

void AnthropicTest::countTokensEqualsTheUsage()
{
    Fixture sim;
    Json body = request("How long is this?");
    body["system"] = "Be brief.";
    QCOMPARE(sim.json("/v1/messages/count_tokens", body)["input_tokens"],
             sim.json("/v1/messages", body)["usage"]["input_tokens"]);
}

void AnthropicTest::refusals_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    const auto row = [](const char *name, const char *body, int status, const char *type) {
        QTest::newRow(name) << QByteArray(body) << status << QByteArray(type);
    };
    row("no JSON", "{", 400, "invalid_request_error");
    row("an array", "[]", 400, "invalid_request_error");
    row("no model", R"({"max_tokens":1,"messages":[]})", 400, "invalid_request_error");
    row("unknown model", R"({"model":"gpt-4o","max_tokens":1,"messages":[]})", 404, "not_found_error");
    row("no messages", R"({"model":"claude-sonnet-5","max_tokens":1})", 400, "invalid_request_error");
    row("no max_tokens", R"({"model":"claude-sonnet-5","messages":[{"role":"user","content":"x"}]})", 400,
        "invalid_request_error");
    row("role that is none",
        R"({"model":"claude-sonnet-5","max_tokens":1,"messages":[{"role":7,"content":"x"}]})", 400,
        "invalid_request_error");
    row("1 h behind 5 m",
        R"({"model":"claude-sonnet-5","max_tokens":1,"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},
        {"type":"text","text":"b","cache_control":{"type":"ephemeral","ttl":"1h"}}],"messages":[{"role":"user","content":"x"}]})",
        400, "invalid_request_error");
}

void AnthropicTest::refusals()
{
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    Fixture sim;
    const Reply reply = sim.provider.handle({"POST", "/v1/messages", {}, {}, body.toStdString()});
    QCOMPARE(reply.status, status);
    const Json error = Json::parse(reply.body);
    QCOMPARE(error["type"].get<std::string>(), std::string("error"));
    QCOMPARE(error["error"]["type"].get<std::string>(), type.toStdString());
    QVERIFY(error["request_id"].get<std::string>().starts_with("req_"));
}

void AnthropicTest::listsModels()
{
    Fixture sim;
    const Json list = Json::parse(sim.get("/v1/models", {{"anthropic-version", "2023-06-01"}}).body);
    QCOMPARE(list["data"][0]["type"].get<std::string>(), std::string("model"));
    QCOMPARE(list["has_more"].get<bool>(), false);
}

QTEST_GUILESS_MAIN(AnthropicTest)
#include "tst_sim_anthropic.moc"
