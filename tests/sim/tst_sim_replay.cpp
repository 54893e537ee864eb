// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/RequestBuilder.h"
#include "app/sim/Trace.h"
#include "tests/sim/SimTesting.h"

#include <QtTest>

#include <set>

using namespace farthing;
using namespace farthing::sim;
using namespace farthing::sim::testing;

namespace {

/// The simulator's answer to what the replay sends, and the input tokens it reports.
struct Sent
{
    Json reply;
    std::int64_t inputTokens = 0;
};

Sent send(Fixture &sim, const PlannedCall &planned)
{
    const OutgoingCall out = buildRequest(planned, {});
    Headers headers;
    for (const std::string &header : out.headers) {
        std::string name = header.substr(0, header.find(':'));
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return std::tolower(c); });
        headers[name] = header.substr(header.find(':') + 2);
    }
    headers.erase("x-sim-fault");
    std::string path = out.path;
    if (path.starts_with("/w/"))
        path = path.substr(path.find('/', 3));
    Sent sent{sim.json(path, Json::parse(out.body), headers)};
    const Json *usage =
        member(sent.reply, "usage") ? member(sent.reply, "usage") : member(sent.reply, "usageMetadata");
    if (!usage)
        return sent;
    for (const char *key : {"prompt_tokens", "input_tokens", "cache_read_input_tokens",
                            "cache_creation_input_tokens", "promptTokenCount"})
        sent.inputTokens += integerOf(*usage, key).value_or(0);
    return sent;
}

} // namespace

class ReplayTest : public QObject
{
    Q_OBJECT

private slots:
    void readsTraces_data();
    void readsTraces();
    void namesTheLineOfABadRow_data();
    void namesTheLineOfABadRow();
    void readsTheSharedTraces_data();
    void readsTheSharedTraces();
    void sameSeedSamePlan();
    void aDayIsMixed();
    void usersFollowZipf();
    void everyWorkflowIsUnderstoodAndAsLongAsPlanned();
    void sharedBlocksBecomeASharedPrefix();
    void aBrokenPrefixIsNeverCached();
    void tagsTravelInTheirOwnWays();
    void namedUpstreams();
};

void ReplayTest::readsTraces_data()
{
    QTest::addColumn<QByteArray>("csv");
    QTest::addColumn<int>("rows");
    QTest::newRow("plain") << QByteArray("t_ms,input_tokens,output_tokens\n0,1,2\n5,3,4\n") << 2;
    QTest::newRow("another order, CRLF, no last newline")
        << QByteArray("output_tokens,t_ms,input_tokens\r\n2,0,1\r\n4,5,3") << 2;
    QTest::newRow("blocks") << QByteArray("t_ms,input_tokens,output_tokens,hash_ids\n0,1,2,7 8 9\n1,1,1,\n")
                            << 2;
    QTest::newRow("quoted blocks and an empty line")
        << QByteArray("t_ms,input_tokens,output_tokens,hash_ids\n\n0,1,2,\"7 8\"\n") << 1;
    QTest::newRow("nothing but the header") << QByteArray("t_ms,input_tokens,output_tokens") << 0;
    QTest::newRow("other columns are left alone")
        << QByteArray("t_ms,model,input_tokens,output_tokens\n0,x,1,2\n") << 1;
}

void ReplayTest::readsTraces()
{
    QFETCH(QByteArray, csv);
    QFETCH(int, rows);
    const Result<std::vector<TraceRow>> trace = parseTrace(csv.toStdString(), 100);
    QVERIFY2(trace.ok(), trace.ok() ? "" : trace.error().toString().c_str());
    QCOMPARE(int(trace->size()), rows);
    if (rows > 0) {
        QCOMPARE(trace->front().inputTokens, 1);
        QCOMPARE(trace->front().outputTokens, 2);
    }
}

void ReplayTest::namesTheLineOfABadRow_data()
{
    QTest::addColumn<QByteArray>("csv");
    QTest::addColumn<QString>("place");
    QTest::addColumn<QString>("column");
    const QByteArray header = "t_ms,input_tokens,output_tokens,hash_ids\n";
    QTest::newRow("empty file") << QByteArray() << "line 1"
                                << "t_ms";
    QTest::newRow("no header") << QByteArray("0,1,2\n") << "line 1"
                               << "t_ms";
    QTest::newRow("a word") << header + "0,1,2,\n0,many,2,\n"
                            << "line 3"
                            << "input_tokens";
    QTest::newRow("negative") << header + "0,1,-2,\n"
                              << "line 2"
                              << "output_tokens";
    QTest::newRow("a cell is missing") << header + "0,1\n"
                                       << "line 2"
                                       << "output_tokens";
    QTest::newRow("a fraction") << header + "0.5,1,1,\n"
                                << "line 2"
                                << "t_ms";
    QTest::newRow("beyond reason") << header + "0,99999999999999999999,1,\n"
                                   << "line 2"
                                   << "input_tokens";
    QTest::newRow("blocks that are none") << header + "0,1,1,4 x\n"
                                          << "line 2"
                                          << "hash_ids";
}

void ReplayTest::namesTheLineOfABadRow()
{
    QFETCH(QByteArray, csv);
    QFETCH(QString, place);
    QFETCH(QString, column);
    const Result<std::vector<TraceRow>> trace = parseTrace(csv.toStdString(), 100);
    QVERIFY(!trace.ok());
    QCOMPARE(trace.error().place, place.toStdString());
    QVERIFY2(trace.error().message.find(column.toStdString()) != std::string::npos,
             trace.error().message.c_str());
}

void ReplayTest::readsTheSharedTraces_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("rows");
    QTest::newRow("code") << "azure_llm_2023_code.csv" << 8819;
    QTest::newRow("conversations") << "azure_llm_2023_conv.csv" << 19'366;
    QTest::newRow("with blocks") << "mooncake_conversation.csv" << 12'031;
}

void ReplayTest::readsTheSharedTraces()
{
    QFETCH(QString, file);
    QFETCH(int, rows);
    const QString shared =
        qEnvironmentVariable("FARTHING_SHARED_DATA", QStringLiteral(FARTHING_SOURCE_DIR "/../shared/data"));
    QFile trace(shared + "/traces/" + file);
    if (!trace.open(QIODevice::ReadOnly))
        QSKIP("the shared traces are not here; FARTHING_SHARED_DATA may name their folder");
    const Result<std::vector<TraceRow>> read = parseTrace(trace.readAll().toStdString(), 1'000'000);
    QVERIFY2(read.ok(), read.ok() ? "" : read.error().toString().c_str());
    QCOMPARE(int(read->size()), rows);
}

void ReplayTest::sameSeedSamePlan()
{
    const auto bodies = [](std::uint64_t seed) {
        std::string all;
        for (const PlannedCall &call : planSampleDay(50, {.seed = seed}))
            all += buildRequest(call, {}).body + call.user + call.session;
        return all;
    };
    QVERIFY(bodies(1) == bodies(1));
    QVERIFY(bodies(1) != bodies(2));
}

void ReplayTest::aDayIsMixed()
{
    const std::vector<PlannedCall> calls = planSampleDay(2000, {});
    QCOMPARE(calls.size(), std::size_t(2000));
    std::map<std::string_view, int> workflows;
    std::int64_t last = 0;
    int streams = 0;
    int faults = 0;
    for (const PlannedCall &call : calls) {
        ++workflows[call.workflow->name];
        QVERIFY(call.row.tMs >= last && call.row.tMs < 24 * 3'600'000);
        last = call.row.tMs;
        streams += call.stream ? 1 : 0;
        faults += call.fault.empty() ? 0 : 1;
        QVERIFY(call.row.inputTokens >= call.workflow->sharedTokens);
    }
    QCOMPARE(workflows.size(), sampleWorkflows().size());
    QVERIFY(workflows["support-chat"] > 4 * workflows["untagged-script"]);
    QVERIFY(streams > 500 && streams < 1100);
    QVERIFY(faults > 5 && faults < 60);
}

void ReplayTest::usersFollowZipf()
{
    std::map<std::string, int> users;
    for (const PlannedCall &call : planSampleDay(4000, {}))
        ++users[call.user];
    QVERIFY(users.size() > 150);
    QVERIFY(users["user-001"] > 500 && users["user-001"] < 1100);
    QVERIFY(users["user-001"] > users["user-002"]);
}

void ReplayTest::everyWorkflowIsUnderstoodAndAsLongAsPlanned()
{
    Fixture sim;
    std::set<std::string_view> seen;
    for (PlannedCall call : planSampleDay(600, {})) {
        if (!seen.insert(call.workflow->name).second)
            continue;
        call.stream = false;
        const Sent sent = send(sim, call);
        QVERIFY2(!textOf(sent.reply, "id").empty() || !textOf(sent.reply, "object").empty() ||
                     !textOf(sent.reply, "responseId").empty(),
                 dump(sent.reply).c_str());
        QVERIFY2(std::abs(sent.inputTokens - call.row.inputTokens) <= 20,
                 qPrintable(QString("%1: %2 for %3")
                                .arg(call.workflow->name.data())
                                .arg(sent.inputTokens)
                                .arg(call.row.inputTokens)));
    }
    QCOMPARE(seen.size(), sampleWorkflows().size());
}

void ReplayTest::sharedBlocksBecomeASharedPrefix()
{
    Fixture sim;
    const auto cachedTokens = [&](std::vector<std::int64_t> ids) {
        TraceRow row{0, std::int64_t(ids.size()) * 512, 10, std::move(ids)};
        PlannedCall call = planTrace({row}, {}).front();
        for (const Workflow &workflow : sampleWorkflows()) {
            if (workflow.name == "document-qa")
                call.workflow = &workflow;
        }
        call.stream = false;
        return send(sim, call).reply["usage"]["prompt_tokens_details"]["cached_tokens"].get<int>();
    };
    QCOMPARE(cachedTokens({1, 2, 3, 4}), 0);
    const int hit = cachedTokens({1, 2, 3, 9});
    QVERIFY2(hit >= 1408 && hit <= 1536, qPrintable(QString::number(hit)));
    QCOMPARE(cachedTokens({8, 2, 3, 4}), 0);
}

void ReplayTest::aBrokenPrefixIsNeverCached()
{
    Fixture sim;
    int agents = 0;
    for (PlannedCall call : planSampleDay(400, {})) {
        if (!call.workflow->prefixBroken)
            continue;
        ++agents;
        call.stream = false;
        QCOMPARE(send(sim, call).reply["usage"]["input_tokens_details"]["cached_tokens"].get<int>(), 0);
    }
    QVERIFY(agents > 5);
}

void ReplayTest::tagsTravelInTheirOwnWays()
{
    std::map<std::string_view, std::string> seen;
    for (const PlannedCall &call : planSampleDay(600, {})) {
        const OutgoingCall out = buildRequest(call, {});
        std::string all = out.path;
        for (const std::string &header : out.headers)
            all += '\n' + header;
        seen[call.workflow->name] = all;
    }
    QVERIFY(seen["support-chat"].find("X-Farthing-Workflow: support-chat") != std::string::npos);
    QVERIFY(seen["research-agent"].find("Helicone-Property-Workflow: research-agent") != std::string::npos);
    QVERIFY(seen["invoice-extraction"].starts_with("/w/invoice-extraction/v1/responses"));
    QVERIFY(seen["untagged-script"].find("X-Farthing") == std::string::npos);
}

void ReplayTest::namedUpstreams()
{
    for (const PlannedCall &call : planSampleDay(100, {})) {
        const std::string path = buildRequest(call, {"groq", "", ""}).path;
        const std::string named = buildRequest(call, {"a", "b", "c"}).path;
        if (call.workflow->style == CallStyle::Chat)
            QVERIFY(path == "/up/groq/chat/completions");
        if (call.workflow->style == CallStyle::Messages) {
            QVERIFY(path == "/v1/messages");
            QVERIFY(named == "/up/b/v1/messages");
        }
        if (call.workflow->style == CallStyle::Content)
            QVERIFY(named.starts_with("/up/c/v1beta/models/"));
    }
}

QTEST_GUILESS_MAIN(ReplayTest)
#include "tst_sim_replay.moc"
