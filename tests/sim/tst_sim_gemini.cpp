// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/SimTesting.h"

#include <QtTest>

using namespace farthing::sim;
using namespace farthing::sim::testing;

namespace {

const std::string kFlash = "/v1beta/models/gemini-2.0-flash";
const std::string kThinker = "/v1beta/models/gemini-2.5-flash";

Json request(const std::string &text)
{
    Json body;
    body["contents"] = Json::array({{{"role", "user"}, {"parts", Json::array({{{"text", text}}})}}});
    return body;
}

std::string textOfReply(const Json &reply)
{
    std::string text;
    for (const Json &part : reply["candidates"][0]["content"]["parts"])
        text += textOf(part, "text");
    return text;
}

} // namespace

class GeminiTest : public QObject
{
    Q_OBJECT

private slots:
    void bothStreamFormsJoinToTheBody();
    void streamCountsAreCumulative();
    void thoughtsAreCountedBesideTheCandidates();
    void thoughtsAreShownWhenAskedFor();
    void functionsAreCalled();
    void structuredOutput();
    void implicitCacheFollowsThePrefix();
    void countTokensEqualsTheUsage();
    void embeddings();
    void refusals_data();
    void refusals();
    void models();
};

void GeminiTest::bothStreamFormsJoinToTheBody()
{
    Fixture sim;
    const Json whole = sim.json(kFlash + ":generateContent", request("Hello"));
    std::string joined;
    for (const Event &event : eventsOf(sim.post(kFlash + ":streamGenerateContent?alt=sse", request("Hello"))))
        joined += textOfReply(event.data);
    QCOMPARE(joined, textOfReply(whole));

    const Reply reply = sim.post(kFlash + ":streamGenerateContent", request("Hello"));
    QVERIFY(reply.contentType.starts_with("application/json"));
    std::string array;
    for (const Piece &piece : reply.pieces)
        array += piece.bytes;
    joined.clear();
    for (const Json &item : Json::parse(array))
        joined += textOfReply(item);
    QCOMPARE(joined, textOfReply(whole));
}

void GeminiTest::streamCountsAreCumulative()
{
    Fixture sim;
    int last = 0;
    const std::vector<Event> events =
        eventsOf(sim.post(kFlash + ":streamGenerateContent?alt=sse", request("Hello")));
    for (const Event &event : events) {
        const int now = event.data["usageMetadata"]["candidatesTokenCount"].get<int>();
        QVERIFY(now >= last);
        last = now;
    }
    const Json whole = sim.json(kFlash + ":generateContent", request("Hello"));
    QCOMPARE(last, whole["usageMetadata"]["candidatesTokenCount"].get<int>());
    QCOMPARE(events.back().data["candidates"][0]["finishReason"].get<std::string>(), std::string("STOP"));
    QVERIFY(!events.front().data["candidates"][0].contains("finishReason"));
}

void GeminiTest::thoughtsAreCountedBesideTheCandidates()
{
    Fixture sim;
    const Json usage = sim.json(kThinker + ":generateContent", request("Hello"))["usageMetadata"];
    const int thoughts = usage["thoughtsTokenCount"].get<int>();
    QVERIFY(thoughts > 0);
    QCOMPARE(usage["totalTokenCount"].get<int>(),
             usage["promptTokenCount"].get<int>() + usage["candidatesTokenCount"].get<int>() + thoughts);
    Json body = request("Hello");
    body["generationConfig"] = {{"thinkingConfig", {{"thinkingBudget", 0}}}};
    QVERIFY(!sim.json(kThinker + ":generateContent", body)["usageMetadata"].contains("thoughtsTokenCount"));
}

void GeminiTest::thoughtsAreShownWhenAskedFor()
{
    Fixture sim;
    Json body = request("Hello");
    body["generationConfig"] = {{"thinkingConfig", {{"includeThoughts", true}}}};
    const Json parts = sim.json(kThinker + ":generateContent", body)["candidates"][0]["content"]["parts"];
    QVERIFY(flagOf(parts[0], "thought"));
    QVERIFY(!flagOf(parts[1], "thought"));
}

void GeminiTest::functionsAreCalled()
{
    Fixture sim;
    Json body = request("What is the weather in Oslo?");
    body["tools"] =
        Json::array({{{"functionDeclarations",
                       Json::array({{{"name", "get_weather"}, {"parameters", weatherSchema()}}})}}});
    const Json part = sim.json(kFlash + ":generateContent", body)["candidates"][0]["content"]["parts"][0];
    QCOMPARE(part["functionCall"]["name"].get<std::string>(), std::string("get_weather"));
    QVERIFY(part["functionCall"]["args"]["city"].is_string());
    body["toolConfig"] = {{"functionCallingConfig", {{"mode", "NONE"}}}};
    QVERIFY(!sim.json(kFlash + ":generateContent", body)["candidates"][0]["content"]["parts"][0].contains(
        "functionCall"));
}

void GeminiTest::structuredOutput()
{
    Fixture sim;
    Json body = request("Hello");
    body["generationConfig"] = {{"responseMimeType", "application/json"},
                                {"responseSchema", weatherSchema()}};
    const Json reply = sim.json(kFlash + ":generateContent", body);
    QVERIFY(Json::parse(textOfReply(reply), nullptr, false)["days"].is_number());
}

void GeminiTest::implicitCacheFollowsThePrefix()
{
    Fixture sim;
    QVERIFY(!sim.json(kFlash + ":generateContent", request(words(1500)))["usageMetadata"].contains(
        "cachedContentTokenCount"));
    const Json usage = sim.json(kFlash + ":generateContent", request(words(1500)))["usageMetadata"];
    QCOMPARE(usage["cachedContentTokenCount"].get<int>(), 1408);
    QCOMPARE(usage["promptTokenCount"].get<int>(), 1500);
}

void GeminiTest::countTokensEqualsTheUsage()
{
    Fixture sim;
    Json body = request("How long is this?");
    body["systemInstruction"] = {{"parts", Json::array({{{"text", "Be brief."}}})}};
    QCOMPARE(sim.json(kFlash + ":countTokens", {{"generateContentRequest", body}})["totalTokens"],
             sim.json(kFlash + ":generateContent", body)["usageMetadata"]["promptTokenCount"]);
}

void GeminiTest::embeddings()
{
    Fixture sim;
    const std::string model = "/v1beta/models/gemini-embedding-001";
    Json one;
    one["content"] = {{"parts", Json::array({{{"text", "hello"}}})}};
    one["outputDimensionality"] = 8;
    const Json single = sim.json(model + ":embedContent", one);
    QCOMPARE(single["embedding"]["values"].size(), std::size_t(8));
    const Json batch = sim.json(model + ":batchEmbedContents", {{"requests", Json::array({one, one})}});
    QCOMPARE(batch["embeddings"].size(), std::size_t(2));
    QCOMPARE(batch["embeddings"][1], single["embedding"]);
}

void GeminiTest::refusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("name");
    const auto row = [](const char *name, const std::string &path, const char *body, int status,
                        const char *code) {
        QTest::newRow(name) << QString::fromStdString(path) << QByteArray(body) << status << QString(code);
    };
    row("no JSON", kFlash + ":generateContent", "x", 400, "INVALID_ARGUMENT");
    row("no contents", kFlash + ":generateContent", "{}", 400, "INVALID_ARGUMENT");
    row("unknown model", "/v1beta/models/nonexistent:generateContent", "{}", 404, "NOT_FOUND");
    row("unknown verb", kFlash + ":paint", "{}", 404, "NOT_FOUND");
    row("no content to embed", kFlash + ":embedContent", "{}", 400, "INVALID_ARGUMENT");
    row("no requests to embed", kFlash + ":batchEmbedContents", R"({"requests":7})", 400, "INVALID_ARGUMENT");
}

void GeminiTest::refusals()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, name);
    Fixture sim;
    const Reply reply = sim.provider.handle({"POST", path.toStdString(), {}, {}, body.toStdString()});
    QCOMPARE(reply.status, status);
    const Json error = Json::parse(reply.body)["error"];
    QCOMPARE(error["code"].get<int>(), status);
    QCOMPARE(error["status"].get<std::string>(), name.toStdString());
}

void GeminiTest::models()
{
    Fixture sim;
    const Json list = Json::parse(sim.get("/v1beta/models").body);
    QVERIFY(list["models"][0]["name"].get<std::string>().starts_with("models/"));
    QCOMPARE(Json::parse(sim.get(kFlash).body)["name"].get<std::string>(),
             std::string("models/gemini-2.0-flash"));
}

QTEST_GUILESS_MAIN(GeminiTest)
#include "tst_sim_gemini.moc"
