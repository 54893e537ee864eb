// SPDX-License-Identifier: GPL-3.0-or-later
// Events that others metered, posted to the built farthingd.
#include "core/ingest/OtlpBytes.h"
#include "integration/proxy/FarthingdProcess.h"
#include "integration/proxy/StubUpstream.h"
#include "tests/Deflated.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sqlite3.h>

using namespace farthing;
using nlohmann::json;

namespace {

constexpr const char *eventsPath = "/farthing/v1/events";
constexpr const char *tracesPath = "/otlp/v1/traces";
const std::string inJson = "Content-Type: application/json\r\n";
const std::string inProtobuf = "Content-Type: application/x-protobuf\r\n";

std::string post(const std::string &path, const std::string &headers, const std::string &body,
                 const std::string &host = "127.0.0.1")
{
    return "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string get(const std::string &path)
{
    return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
}

/// A span of its own for each number.
std::string spanOf(int number)
{
    char id[9];
    std::snprintf(id, sizeof id, "%08d", number);
    return otlp::span(otlp::chatSpan(id) + otlp::attribute(otlp::spanAttribute, "user.id",
                                                           otlp::text("s" + std::to_string(number))));
}

/// Holds the store's write lock, so that nothing can be committed.
class StoreLock
{
public:
    explicit StoreLock(const std::filesystem::path &database)
    {
        if (sqlite3_open(database.c_str(), &m_handle) != SQLITE_OK ||
            sqlite3_busy_timeout(m_handle, 5000) != SQLITE_OK ||
            sqlite3_exec(m_handle, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK)
            qFatal("%s", sqlite3_errmsg(m_handle));
    }
    ~StoreLock() { sqlite3_close(m_handle); }
    StoreLock(const StoreLock &) = delete;
    StoreLock &operator=(const StoreLock &) = delete;

private:
    sqlite3 *m_handle = nullptr;
};

} // namespace

class TestProxyIngest : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_proxy = std::make_unique<FarthingdProcess>(); }
    void cleanup() { m_proxy.reset(); }

    void whatComesInShowsLikeAnyOther()
    {
        start();
        const HttpMessage posted =
            send(eventsPath, inJson + "User-Agent: my-app/1\r\nX-Farthing-Feature: search\r\n",
                 R"({"workflow":"summarise","user_id":"u_1","model":"gpt-4o-mini",
                                            "input_tokens":1000,"output_tokens":50,"latency_ms":812.5})");
        QCOMPARE(posted.status(), 200);
        const std::string id = json::parse(posted.body)["event_ids"].at(0);
        const HttpMessage fetched = exchange(m_proxy->port(), get(std::string(eventsPath) + "/" + id));
        QCOMPARE(fetched.status(), 200);
        QCOMPARE(json::parse(fetched.body)["cost_usd"].get<std::string>(), std::string("0.00018"));

        const HttpMessage plain =
            send(tracesPath, inProtobuf + "X-Farthing-Workflow: traced\r\n", otlp::request(spanOf(1)));
        QCOMPARE(plain.status(), 200);
        QCOMPARE(plain.headers.at("content-type"), std::string("application/x-protobuf"));
        QVERIFY(plain.body.empty());
        const HttpMessage packed =
            send(tracesPath, inProtobuf + "Content-Encoding: gzip\r\n",
                 gzipped(otlp::request(spanOf(2) + otlp::span(otlp::chatSpan("bad")))));
        QCOMPARE(packed.status(), 200);
        QVERIFY(packed.body.find("is not an id of 8 bytes") != std::string::npos);
        // The call went through this very proxy.
        const std::string here = otlp::chatSpan() +
                                 otlp::attribute(9, "server.address", otlp::text("127.0.0.1")) +
                                 otlp::attribute(9, "server.port", otlp::integer(m_proxy->port()));
        QCOMPARE(send(tracesPath, inProtobuf, otlp::request(otlp::span(here))).status(), 200);

        const json health = json::parse(exchange(m_proxy->port(), get("/farthing/v1/health")).body);
        QCOMPARE(health["ingested"].dump(),
                 std::string(R"({"events":3,"rejected":1,"spans_metered_here":1})"));
        const std::string metrics = exchange(m_proxy->port(), get("/metrics")).body;
        for (const char *line : {"farthing_ingested_events_total 3\n", "farthing_ingest_rejected_total 1\n",
                                 "farthing_ingest_spans_metered_here_total 1\n"})
            QVERIFY2(metrics.find(line) != std::string::npos, metrics.c_str());
        QVERIFY(m_proxy->stop());

        QProcess ctl;
        ctl.start(QStringLiteral(FARTHING_BIN_DIR "/farthingctl"),
                  {"--data-dir", QString::fromStdString(m_proxy->dir().config().parent_path().string()),
                   "report", "cost", "--by", "workflow", "--json"});
        QVERIFY(ctl.waitForFinished());
        const QByteArray report = ctl.readAllStandardOutput();
        QVERIFY2(report.contains("summarise") && report.contains("traced") && report.contains("untagged"),
                 (report + ctl.readAllStandardError()).constData());
        const auto events = m_proxy->events();
        QCOMPARE(events.size(), std::size_t(3));
        QCOMPARE(events.back().workflow, std::string("summarise"));
        QCOMPARE(events.back().feature, std::string("search"));
        QCOMPARE(events.back().client, std::string("my-app/1"));
        QCOMPARE(events.back().instance, "127.0.0.1:" + std::to_string(m_proxy->port()));
    }

    void badInputIsAnsweredWithItsPlace_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("headers");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char *name, const char *path, const std::string &headers, const char *body,
                            int status, const char *says) {
            QTest::newRow(name) << QByteArray("POST") << QByteArray(path)
                                << QByteArray::fromStdString(headers) << QByteArray(body) << status
                                << QByteArray(says);
        };
        row("a bad field", eventsPath, inJson, R"([{"model":"m"},{"model":"m","input_tokens":"x"}])", 400,
            R"("field":"input_tokens","index":1)");
        row("no JSON", eventsPath, inJson, "{", 400, "event 1: expected a JSON object");
        row("spans that are none", tracesPath, inJson, R"({"resourceSpans":{}})", 400,
            "resourceSpans: is not an array");
        row("another type", tracesPath, "", "{}", 415, "application/x-protobuf or application/json");
        row("metrics", "/otlp/v1/metrics", inProtobuf, "", 404, "/otlp/v1/traces");
        row("an unknown coding", eventsPath, inJson + "Content-Encoding: lzma\r\n", "{}", 400,
            "unknown content encoding");
        row("a page in a browser", eventsPath, inJson + "Origin: http://localhost:3000\r\n", "{}", 403,
            "browser");
        row("a page's form", tracesPath, "Content-Type: text/plain\r\nSec-Fetch-Site: cross-site\r\n", "{}",
            403, "browser");
        row("a page that renamed this host", eventsPath, "", "{}", 403, "not this machine's loopback");
        QTest::newRow("a GET") << QByteArray("GET") << QByteArray(eventsPath) << QByteArray() << QByteArray()
                               << 405 << QByteArray("only POST");
        QTest::newRow("a GET of spans") << QByteArray("GET") << QByteArray(tracesPath) << QByteArray()
                                        << QByteArray() << 405 << QByteArray("only POST");
    }
    void badInputIsAnsweredWithItsPlace()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, headers);
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QByteArray, says);
        start();
        const char *const host = says.contains("loopback") ? "evil.example" : "127.0.0.1";
        const HttpMessage reply =
            exchange(m_proxy->port(), method == "GET" ? get(path.toStdString())
                                                      : post(path.toStdString(), headers.toStdString(),
                                                             body.toStdString(), host));
        QCOMPARE(reply.status(), status);
        QVERIFY2(QByteArray::fromStdString(reply.body).contains(says), reply.body.c_str());
        QVERIFY(m_proxy->stop());
        QVERIFY(m_proxy->events().empty());
    }

    void aLockedStoreDoesNotHoldUpWhatNeedsTheJournalAlone()
    {
        start();
        const std::string timed = R"({"time":"2026-09-21T10:00:00Z","model":"gpt-4o"})";
        const HttpMessage first = send(eventsPath, inJson, timed);
        const std::string id = json::parse(first.body)["event_ids"].at(0);
        QCOMPARE(exchange(m_proxy->port(), get(std::string(eventsPath) + "/" + id)).status(), 200);
        const StoreLock lock(m_proxy->dir().database());
        QCOMPARE(send(eventsPath, inJson, timed).status(), 200); // which cannot be committed
        std::vector<std::thread> readers;
        for (int i = 0; i < 8; ++i)
            readers.emplace_back([this] {
                exchange(m_proxy->port(),
                         get(std::string(eventsPath) + "/0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"));
            });
        QThread::msleep(100);
        QElapsedTimer timer;
        timer.start();
        const int status = send(eventsPath, inJson, timed).status();
        const qint64 waited = timer.elapsed();
        for (std::thread &reader : readers)
            reader.join();
        QCOMPARE(status, 200);
        QVERIFY2(waited < 2000, std::to_string(waited).c_str());
    }

    /// Every request is sent until it is acknowledged, and now and then once more; between them the proxy
    /// dies.
    void whatWasAcknowledgedOutlivesAKillAndCountsOnce()
    {
        constexpr int rounds = 12;
        constexpr int clients = 6;
        std::mt19937 random(7);
        std::atomic<int> acknowledged = 0;
        std::atomic<int> sent = 0;
        std::mutex mutex;
        std::set<std::string> expected;
        const auto requestOf = [](int number) {
            const std::string name = std::to_string(number);
            if (number % 3 == 0)
                return post(tracesPath, inProtobuf, otlp::request(spanOf(number)));
            if (number % 3 == 1) {
                const json keyed = {{"model", "gpt-4o"}, {"user", "k" + name}, {"idempotency_key", name}};
                return post(eventsPath, inJson, keyed.dump());
            }
            const json first = {{"time", "2026-09-21T10:00:00Z"}, {"user", "a" + name}};
            const json second = {{"time", "2026-09-21T10:00:00Z"}, {"user", "b" + name}};
            return post(eventsPath, inJson + "Idempotency-Key: " + name + "\r\n",
                        json::array({first, second}).dump());
        };
        const auto usersOf = [](int number) {
            const std::string name = std::to_string(number);
            if (number % 3 == 2)
                return std::set{"a" + name, "b" + name};
            return std::set{(number % 3 == 0 ? "s" : "k") + name};
        };
        std::atomic<int> next = 0;
        for (int round = 0; round <= rounds; ++round) {
            start();
            std::atomic<bool> dead = false;
            std::vector<std::thread> threads;
            for (int client = 0; client < clients; ++client)
                threads.emplace_back([&] {
                    while (!dead) {
                        const int number = m_unanswered.take().value_or(-1);
                        const int mine = number >= 0 ? number : next++;
                        ++sent;
                        const HttpMessage reply = exchange(m_proxy->port(), requestOf(mine));
                        const bool taken = reply.complete && reply.status() == 200;
                        const bool onceMore = number < 0 && mine % 10 == 0;
                        if (!taken || onceMore)
                            m_unanswered.put(mine);
                        if (!taken)
                            continue;
                        ++acknowledged;
                        const std::lock_guard lock(mutex);
                        expected.merge(usersOf(mine));
                    }
                });
            QThread::msleep(100 + random() % 200);
            if (round < rounds)
                m_proxy->kill();
            dead = true;
            for (std::thread &thread : threads)
                thread.join();
        }
        for (std::optional<int> number; (number = m_unanswered.take());) {
            QCOMPARE(exchange(m_proxy->port(), requestOf(*number)).status(), 200);
            expected.merge(usersOf(*number));
        }
        QVERIFY(m_proxy->stop());
        std::multiset<std::string> recorded;
        for (const CostEvent &event : m_proxy->events())
            recorded.insert(event.user);
        int lost = 0;
        int twice = 0;
        for (const std::string &user : expected)
            lost += recorded.contains(user) ? 0 : 1;
        for (const std::string &user : std::set(recorded.begin(), recorded.end()))
            twice += recorded.count(user) > 1 ? 1 : 0;
        qInfo("%d kills, %d requests sent, %d acknowledged, %zu events expected, %zu recorded, %d lost, %d "
              "twice",
              rounds, sent.load(), acknowledged.load(), expected.size(), recorded.size(), lost, twice);
        QVERIFY(acknowledged > 100);
        QCOMPARE(lost, 0);
        QCOMPARE(twice, 0);
        QCOMPARE(recorded.size(), expected.size());
    }

    void aFullJournalAsksToComeAgainAndKeepsWhatItTook()
    {
        m_proxy->writeConfig(R"({"limits":{"journal_max_bytes":1048576}})");
        start();
        std::string body = "[";
        for (int i = 0; i < 200; ++i)
            body += std::string(i == 0 ? "" : ",") + R"({"model":"gpt-4o","input_tokens":5,"workflow":"w"})";
        body += "]";
        std::string many;
        for (int i = 0; i < 200; ++i)
            many += spanOf(i);
        QCOMPARE(send(eventsPath, inJson, body).status(), 200);
        int taken = 1;
        HttpMessage refused;
        {
            const StoreLock lock(m_proxy->dir().database());
            for (;;) {
                refused = send(eventsPath, inJson, body);
                if (refused.status() != 200 || taken > 1000)
                    break;
                ++taken;
            }
            const HttpMessage spans = send(tracesPath, inProtobuf, otlp::request(many));
            QCOMPARE(spans.status(), 503);
            QCOMPARE(spans.headers.at("retry-after"), std::string("5"));
        }
        QCOMPARE(refused.status(), 503);
        QVERIFY(refused.headers.contains("retry-after"));
        QVERIFY2(refused.body.find("the journal is full") != std::string::npos, refused.body.c_str());
        QVERIFY(taken > 3);
        QTRY_COMPARE_WITH_TIMEOUT(send(tracesPath, inProtobuf, otlp::request(spanOf(1))).status(), 200,
                                  15'000);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(taken) * 200 + 1);
    }

    void withoutAJournalNothingIsAcknowledged()
    {
        QFile inTheWay(QString::fromStdString(m_proxy->dir().journal().string()));
        QVERIFY(inTheWay.open(QIODevice::WriteOnly));
        inTheWay.close();
        start();
        for (const HttpMessage &reply :
             {send(eventsPath, inJson, "{}"), send(tracesPath, inProtobuf, otlp::request(spanOf(1)))}) {
            QCOMPARE(reply.status(), 503);
            QVERIFY(reply.headers.contains("retry-after"));
            QVERIFY(!reply.body.empty());
        }
        QVERIFY(inTheWay.remove());
        QVERIFY(sendUntilTaken(eventsPath, inJson, "{}"));
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(1));
    }

    void manyEventsHoldUpNobodyElse()
    {
        start();
        std::string body = "[{}";
        for (int i = 1; i < 15'000; ++i)
            body += R"(,{"model":"gpt-4o","input_tokens":5,"workflow":"w","details":{"tags":{"a":"b"}}})";
        body += "]";
        std::atomic<bool> done = false;
        HttpMessage reply;
        std::thread sender([&] {
            reply = send(eventsPath, inJson, body);
            done = true;
        });
        qint64 slowest = 0;
        QElapsedTimer whole;
        whole.start();
        while (!done) {
            QElapsedTimer timer;
            timer.start();
            if (exchange(m_proxy->port(), get("/farthing/v1/health")).status() != 200)
                break;
            slowest = std::max(slowest, timer.elapsed());
        }
        const qint64 took = whole.elapsed();
        sender.join();
        qInfo("%zu bytes took %lld ms, the slowest answer meanwhile %lld ms", body.size(),
              static_cast<long long>(took), static_cast<long long>(slowest));
        QCOMPARE(reply.status(), 200);
        QVERIFY(slowest < took / 2);
        QVERIFY(m_proxy->stop());
        QCOMPARE(m_proxy->events().size(), std::size_t(15'000));
    }

private:
    /// Numbers of requests without an answer.
    class Numbers
    {
    public:
        void put(int number)
        {
            const std::lock_guard lock(m_mutex);
            m_numbers.push_back(number);
        }
        std::optional<int> take()
        {
            const std::lock_guard lock(m_mutex);
            if (m_numbers.empty())
                return std::nullopt;
            const int number = m_numbers.back();
            m_numbers.pop_back();
            return number;
        }

    private:
        std::mutex m_mutex;
        std::vector<int> m_numbers;
    };

    void start() { QVERIFY2(m_proxy->start(), m_proxy->log().constData()); }
    HttpMessage send(const std::string &path, const std::string &headers, const std::string &body)
    {
        return exchange(m_proxy->port(), post(path, headers, body));
    }
    /// As often as a client would that is told to come again.
    bool sendUntilTaken(const std::string &path, const std::string &headers, const std::string &body)
    {
        for (int i = 0; i < 150; ++i) {
            if (send(path, headers, body).status() == 200)
                return true;
            QThread::msleep(100);
        }
        return false;
    }

    std::unique_ptr<FarthingdProcess> m_proxy;
    Numbers m_unanswered;
};

QTEST_GUILESS_MAIN(TestProxyIngest)
#include "tst_proxy_ingest.moc"
