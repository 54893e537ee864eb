// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/SimTesting.h"

#include <QtTest>

using namespace farthing;
using namespace farthing::sim;
using namespace farthing::sim::testing;

namespace {

struct Target
{
    const char *name;
    std::string path;
    Json body;
};

std::vector<Target> endpoints(bool stream)
{
    Json chat = {{"model", "gpt-4o"},
                 {"messages", Json::array({{{"role", "user"}, {"content", "Hello"}}})},
                 {"stream", stream}};
    Json messages = chat;
    messages["model"] = "claude-sonnet-5";
    messages["max_tokens"] = 100;
    Json content;
    content["contents"] = Json::array({{{"parts", Json::array({{{"text", "Hello"}}})}}});
    const std::string verb = stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
    return {{"openai", "/v1/chat/completions", chat},
            {"anthropic", "/v1/messages", messages},
            {"gemini", "/v1beta/models/gemini-2.5-pro" + verb, content}};
}

std::string headerOf(const Reply &reply, const std::string &name)
{
    for (const auto &[key, value] : reply.headers) {
        if (key == name)
            return value;
    }
    return {};
}

} // namespace

class FaultsTest : public QObject
{
    Q_OBJECT

private slots:
    void errorsInEachProvidersForm_data();
    void errorsInEachProvidersForm();
    void brokenConnections_data();
    void brokenConnections();
    void malformedBodiesAreNoJson();
    void streamErrorsEndTheStream();
    void slowRepliesWait();
    void modelNamesAskForFaultsToo();
    void unknownFaultsAreRefused();
    void chanceKeepsToItsShares();
    void specifications_data();
    void specifications();
    void invalidKeysAreRefused();
    void latencyProfiles();
};

void FaultsTest::errorsInEachProvidersForm_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<QList<int>>("statuses"); // openai, anthropic, gemini
    QTest::newRow("429") << "429" << QList<int>{429, 429, 429};
    QTest::newRow("500") << "500" << QList<int>{500, 500, 500};
    QTest::newRow("529") << "529" << QList<int>{503, 529, 503};
}

void FaultsTest::errorsInEachProvidersForm()
{
    QFETCH(QString, fault);
    QFETCH(QList<int>, statuses);
    Fixture sim;
    int index = 0;
    for (const Target &endpoint : endpoints(false)) {
        const Reply reply = sim.post(endpoint.path, endpoint.body, {{"x-sim-fault", fault.toStdString()}});
        QCOMPARE(reply.status, statuses[index++]);
        QVERIFY(!Json::parse(reply.body)["error"]["message"].get<std::string>().empty());
        const bool retry = fault != "500" && std::string(endpoint.name) != "gemini";
        QCOMPARE(headerOf(reply, "retry-after"), std::string(retry ? "1" : ""));
    }
}

void FaultsTest::brokenConnections_data()
{
    QTest::addColumn<QString>("fault");
    QTest::addColumn<int>("breakage");
    QTest::newRow("reset") << "reset" << int(Breakage::Reset);
    QTest::newRow("truncate") << "truncate" << int(Breakage::Truncate);
    QTest::newRow("hang") << "hang" << int(Breakage::Hang);
}

void FaultsTest::brokenConnections()
{
    QFETCH(QString, fault);
    QFETCH(int, breakage);
    Fixture sim;
    for (const Target &endpoint : endpoints(true))
        QCOMPARE(int(sim.post(endpoint.path, endpoint.body, {{"x-sim-fault", fault.toStdString()}}).breakage),
                 breakage);
}

void FaultsTest::malformedBodiesAreNoJson()
{
    Fixture sim;
    for (const Target &endpoint : endpoints(false)) {
        const Reply reply = sim.post(endpoint.path, endpoint.body, {{"x-sim-fault", "malformed"}});
        QCOMPARE(reply.status, 200);
        QVERIFY(Json::parse(reply.body, nullptr, false).is_discarded());
    }
}

void FaultsTest::streamErrorsEndTheStream()
{
    Fixture sim;
    for (const Target &endpoint : endpoints(true)) {
        const Reply reply = sim.post(endpoint.path, endpoint.body, {{"x-sim-fault", "stream-error"}});
        QCOMPARE(reply.status, 200);
        const std::vector<Event> events = eventsOf(reply);
        QVERIFY(events.size() > 1);
        QVERIFY(events.back().data.contains("error"));
        QCOMPARE(events.back().name, std::string(std::string(endpoint.name) == "anthropic" ? "error" : ""));
    }
}

void FaultsTest::slowRepliesWait()
{
    Fixture sim;
    const Target endpoint = endpoints(false).front();
    QCOMPARE(sim.post(endpoint.path, endpoint.body).delay.first, Micros(0));
    QVERIFY(sim.post(endpoint.path, endpoint.body, {{"x-sim-fault", "slow"}}).delay.first >=
            std::chrono::seconds(2));
}

void FaultsTest::modelNamesAskForFaultsToo()
{
    Fixture sim;
    for (Target endpoint : endpoints(false)) {
        endpoint.body["model"] = "sim-fault-429";
        QCOMPARE(sim.post(endpoint.path, endpoint.body).status, 429);
    }
    QCOMPARE(sim.post("/v1beta/models/sim-fault-500:generateContent", Json::object()).status, 500);
}

void FaultsTest::unknownFaultsAreRefused()
{
    Fixture sim;
    const Target endpoint = endpoints(false).front();
    const Reply reply = sim.post(endpoint.path, endpoint.body, {{"x-sim-fault", "explode"}});
    QCOMPARE(reply.status, 400);
    QVERIFY(reply.body.find("explode") != std::string::npos);
}

void FaultsTest::chanceKeepsToItsShares()
{
    FaultPlan plan;
    QVERIFY(plan.add("429=0.2").ok());
    plan.addMixed(0.1);
    Random random(5);
    int limited = 0;
    int none = 0;
    for (int i = 0; i < 20'000; ++i) {
        const Result<Fault> fault = plan.choose({}, "gpt-4o", random);
        limited += *fault == Fault::RateLimited ? 1 : 0;
        none += *fault == Fault::None ? 1 : 0;
    }
    QVERIFY2(std::abs(limited - 4500) < 300, qPrintable(QString::number(limited)));
    QVERIFY2(std::abs(none - 14'000) < 300, qPrintable(QString::number(none)));
}

void FaultsTest::specifications_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("accepted");
    QTest::newRow("every call") << "hang" << true;
    QTest::newRow("a share") << "truncate=0.25" << true;
    QTest::newRow("unknown") << "explode" << false;
    QTest::newRow("above one") << "429=1.5" << false;
    QTest::newRow("no number") << "429=many" << false;
    QTest::newRow("nothing") << "429=" << false;
    QTest::newRow("not a number") << "429=nan" << false;
}

void FaultsTest::specifications()
{
    QFETCH(QString, text);
    QFETCH(bool, accepted);
    FaultPlan plan;
    const Result<void> added = plan.add(text.toStdString());
    QCOMPARE(added.ok(), accepted);
    if (!accepted)
        QCOMPARE(added.error().place, std::string("--fault"));
}

void FaultsTest::invalidKeysAreRefused()
{
    Fixture sim;
    const std::vector<Target> all = endpoints(false);
    QCOMPARE(sim.post(all[0].path, all[0].body, {{"authorization", "Bearer invalid"}}).status, 401);
    QCOMPARE(sim.post(all[1].path, all[1].body, {{"x-api-key", "invalid"}}).status, 401);
    QCOMPARE(sim.post(all[2].path, all[2].body, {{"x-goog-api-key", "invalid"}}).status, 400);
}

void FaultsTest::latencyProfiles()
{
    QVERIFY(!LatencyProfile::named("instant", 1).ok());
    Random random(1);
    std::int64_t fast = 0;
    std::int64_t slow = 0;
    for (int i = 0; i < 200; ++i) {
        fast += LatencyProfile::named("fast", 1)->draw(random, {}).first.count();
        slow += LatencyProfile::named("slow", 1)->draw(random, {}).first.count();
    }
    QVERIFY(fast > 0 && slow > 4 * fast);
    QCOMPARE(LatencyProfile::named("slow", 0)->draw(random, {9999, 9999}).first, Micros(0));
    // A prompt from the cache answers sooner.
    QVERIFY(LatencyProfile::named("slow", 1)->draw(random, {1'000'000, 1}).first > std::chrono::seconds(60));
}

QTEST_GUILESS_MAIN(FaultsTest)
#include "tst_sim_faults.moc"
