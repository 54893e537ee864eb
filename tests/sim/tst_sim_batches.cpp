// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/BatchStore.h"
#include "tests/sim/SimTesting.h"

#include <QtTest>

using namespace farthing::sim;
using namespace farthing::sim::testing;

namespace {

std::vector<Json> linesOf(const std::string &text)
{
    std::vector<Json> lines;
    for (const QByteArray &line : QByteArray::fromStdString(text).trimmed().split('\n'))
        lines.push_back(Json::parse(line.toStdString()));
    return lines;
}

Json upload(Fixture &sim, const std::string &content)
{
    const std::string body =
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"in.jsonl\"\r\n\r\n" +
        content + "\r\n--b--\r\n";
    const HttpCall call{"POST", "/v1/files", {}, {{"content-type", "multipart/form-data; boundary=b"}}, body};
    return Json::parse(sim.provider.handle(call).body);
}

const std::string kChatLine =
    R"({"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}]}})";

} // namespace

class BatchesTest : public QObject
{
    Q_OBJECT

private slots:
    void openAiFilesAndBatches();
    void filesCanBeDeleted();
    void anthropicResults();
    void geminiInlineRequests();
    void aBatchCannotHoldABatch();
    void refusals_data();
    void refusals();
    void storeForgetsTheOldest();
};

void BatchesTest::openAiFilesAndBatches()
{
    Fixture sim;
    const std::string content =
        kChatLine + "\n" +
        R"({"custom_id":"b","url":"/v1/chat/completions","body":{"model":"gpt-nonexistent"}})" + "\n";
    const Json file = upload(sim, content);
    QCOMPARE(file["bytes"].get<std::size_t>(), content.size());
    const std::string id = file["id"].get<std::string>();
    QCOMPARE(sim.get("/v1/files/" + id + "/content").body, content);
    const Json created =
        sim.json("/v1/batches", {{"input_file_id", id}, {"endpoint", "/v1/chat/completions"}});
    QCOMPARE(created["status"].get<std::string>(), std::string("validating"));
    const Json done = Json::parse(sim.get("/v1/batches/" + created["id"].get<std::string>()).body);
    QCOMPARE(done["status"].get<std::string>(), std::string("completed"));
    QCOMPARE(done["request_counts"]["completed"].get<int>(), 1);
    QCOMPARE(done["request_counts"]["failed"].get<int>(), 1);
    const auto lines =
        linesOf(sim.get("/v1/files/" + done["output_file_id"].get<std::string>() + "/content").body);
    QCOMPARE(lines.size(), std::size_t(2));
    QCOMPARE(lines[0]["custom_id"].get<std::string>(), std::string("a"));
    QVERIFY(lines[0]["response"]["body"]["usage"]["total_tokens"].get<int>() > 0);
    QCOMPARE(lines[1]["response"]["status_code"].get<int>(), 404);
}

void BatchesTest::filesCanBeDeleted()
{
    Fixture sim;
    const std::string path = "/v1/files/" + upload(sim, kChatLine)["id"].get<std::string>();
    const auto remove = [&] { return sim.provider.handle({"DELETE", path, {}, {}, {}}); };
    QCOMPARE(Json::parse(remove().body)["deleted"].get<bool>(), true);
    QCOMPARE(remove().status, 404);
    QCOMPARE(sim.get(path).status, 404);
    QCOMPARE(sim.get(path + "/content").status, 404);
    QCOMPARE(sim.provider.handle({"DELETE", "/v1/models/gpt-4o", {}, {}, {}}).status, 404);
}

void BatchesTest::anthropicResults()
{
    Fixture sim;
    const Json good = Json::parse(
        R"({"custom_id":"a","params":{"model":"claude-sonnet-5","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}})");
    const Json bad = Json::parse(R"({"custom_id":"b","params":{"model":"claude-sonnet-5"}})");
    const Json created =
        sim.json("/v1/messages/batches", {{"requests", Json::array({good, bad})}}, {{"host", "sim:1"}});
    QCOMPARE(created["processing_status"].get<std::string>(), std::string("in_progress"));
    QVERIFY(created["results_url"].is_null());
    const std::string path = "/v1/messages/batches/" + created["id"].get<std::string>();
    const Json ended = Json::parse(sim.get(path).body);
    QCOMPARE(ended["processing_status"].get<std::string>(), std::string("ended"));
    QCOMPARE(ended["request_counts"]["succeeded"].get<int>(), 1);
    QCOMPARE(ended["request_counts"]["errored"].get<int>(), 1);
    QCOMPARE(ended["results_url"].get<std::string>(), "http://sim:1" + path + "/results");
    const auto lines = linesOf(sim.get(path + "/results").body);
    QCOMPARE(lines[0]["result"]["message"]["usage"]["output_tokens"].get<int>(), 9);
    QCOMPARE(lines[1]["result"]["error"]["error"]["type"].get<std::string>(),
             std::string("invalid_request_error"));
}

void BatchesTest::geminiInlineRequests()
{
    Fixture sim;
    const Json body = Json::parse(R"({"batch":{"displayName":"d","inputConfig":{"requests":{"requests":[
        {"request":{"contents":[{"parts":[{"text":"Hi"}]}]},"metadata":{"key":"a"}},{"request":{}}]}}}})");
    const Json created = sim.json("/v1beta/models/gemini-2.5-flash:batchGenerateContent", body);
    QCOMPARE(created["metadata"]["state"].get<std::string>(), std::string("BATCH_STATE_PENDING"));
    const Json done = Json::parse(sim.get("/v1beta/" + created["name"].get<std::string>()).body);
    QVERIFY(flagOf(done, "done"));
    const Json &responses = done["response"]["inlinedResponses"]["inlinedResponses"];
    QVERIFY(responses[0]["response"]["usageMetadata"]["totalTokenCount"].get<int>() > 0);
    QCOMPARE(responses[0]["metadata"]["key"].get<std::string>(), std::string("a"));
    QCOMPARE(responses[1]["error"]["status"].get<std::string>(), std::string("INVALID_ARGUMENT"));
}

void BatchesTest::aBatchCannotHoldABatch()
{
    Fixture sim;
    const Json file =
        upload(sim, R"({"custom_id":"a","url":"/v1/batches","body":{"input_file_id":"file-1"}})");
    const Json created = sim.json("/v1/batches", {{"input_file_id", file["id"]}});
    const Json done = Json::parse(sim.get("/v1/batches/" + created["id"].get<std::string>()).body);
    QCOMPARE(done["request_counts"]["failed"].get<int>(), 1);
}

void BatchesTest::refusals_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::newRow("no such input file")
        << "/v1/batches" << QByteArray(R"({"input_file_id":"file-none"})") << 400;
    QTest::newRow("an upload without a file") << "/v1/files" << QByteArray("nonsense") << 400;
    QTest::newRow("no requests") << "/v1/messages/batches" << QByteArray("{}") << 400;
    QTest::newRow("no inline requests")
        << "/v1beta/models/gemini-2.5-flash:batchGenerateContent" << QByteArray(R"({"batch":7})") << 400;
}

void BatchesTest::refusals()
{
    QFETCH(QString, path);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    Fixture sim;
    QCOMPARE(sim.provider.handle({"POST", path.toStdString(), {}, {}, body.toStdString()}).status, status);
    QCOMPARE(sim.get("/v1/batches/batch_none").status, 404);
}

void BatchesTest::storeForgetsTheOldest()
{
    BatchStore store(100);
    for (const char *id : {"a", "b", "c"})
        store.put(id, std::string(40, 'x'));
    QVERIFY(!store.find("a"));
    QVERIFY(store.find("b") && store.find("c"));
}

QTEST_GUILESS_MAIN(BatchesTest)
#include "tst_sim_batches.moc"
