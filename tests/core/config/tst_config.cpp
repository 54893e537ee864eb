// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Files.h"
#include "core/config/Config.h"

#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

class ConfigTest : public QObject
{
    Q_OBJECT

private slots:
    void cleanup()
    {
        for (const char *name : {"FARTHING_LISTEN", "FARTHING_UPSTREAM_OPENAI", "FARTHING_UPSTREAM_GEMINI"})
            qunsetenv(name);
    }

    void theThreeUpstreamsExistWithoutAFile()
    {
        const Config config = defaultConfig();
        QCOMPARE(config.listen, std::string("127.0.0.1:4141"));
        QCOMPARE(config.upstreams.size(), std::size_t(3));
        QVERIFY(config.upstreams.at("anthropic").wire == Wire::Anthropic);
        QVERIFY(config.upstreams.at("gemini").wire == Wire::Gemini);
        QCOMPARE(config.upstreams.at("openai").baseUrl, std::string("https://api.openai.com/v1"));
    }

    void aFileAddsUpstreamsAndKeepsTheDefaults()
    {
        const auto config = parseConfig(
            "{\"listen\": \"127.0.0.1:5151\", "
            "\"upstreams\": {\"local\": {\"base_url\": \"http://127.0.0.1:11434/v1/\", \"wire\": "
            "\"openai\"}, "
            "\"anthropic\": {\"base_url\": \"https://gateway.example.com/a\", \"include_usage\": false}}, "
            "\"allowed_hosts\": [\"devbox.example.com\", \"devbox\"], \"cache\": {}, \"limits\": "
            "{\"idle_timeout_ms\": 1000, \"drain_timeout_ms\": 0, "
            "\"max_connections\": 9, \"max_connections_per_client\": 8, \"max_bodies_bytes\": 7340032, "
            "\"journal_max_bytes\": 2097152}, \"store\": {\"synchronous\": \"full\"}}");
        QVERIFY2(config, config ? "" : config.error().toString().c_str());
        QCOMPARE(config->listen, std::string("127.0.0.1:5151"));
        QCOMPARE(config->upstreams.size(), std::size_t(4));
        QVERIFY((config->allowedHosts == std::vector<std::string>{"devbox.example.com", "devbox"}));
        QCOMPARE(config->upstreams.at("local").baseUrl, std::string("http://127.0.0.1:11434/v1"));
        QCOMPARE(config->upstreams.at("anthropic").baseUrl, std::string("https://gateway.example.com/a"));
        QVERIFY(config->upstreams.at("anthropic").wire == Wire::Anthropic);
        QVERIFY(!config->upstreams.at("anthropic").includeUsage);
        QVERIFY(config->upstreams.at("local").includeUsage);
        QCOMPARE(config->limits.idleTimeoutMs, 1000);
        QCOMPARE(config->limits.journalMaxBytes, std::uint64_t(2097152));
        QCOMPARE(config->limits.maxConnections, std::size_t(9));
        QCOMPARE(config->limits.maxConnectionsPerClient, std::size_t(8));
        QCOMPARE(config->limits.maxBodiesBytes, std::uint64_t(7340032));
        QCOMPARE(config->limits.connectTimeoutMs, Limits().connectTimeoutMs);
        QVERIFY(config->store.synchronous == Synchronous::Full);
        QVERIFY(defaultConfig().store == StoreOptions());
        QVERIFY(parseConfig("{\"store\": {\"synchronous\": \"normal\"}}")->store.synchronous ==
                Synchronous::Normal);
    }

    void howLongEventsAndSumsAreKept()
    {
        const auto config = parseConfig("{\"store\": {\"keep_sums_days\": 400, \"keep_events_days\": 90}}");
        QVERIFY2(config, config ? "" : config.error().toString().c_str());
        QCOMPARE(config->store.keepEventsDays, 90);
        QCOMPARE(config->store.keepSumsDays, 400);
        const auto same = parseConfig("{\"store\": {\"keep_events_days\": 7, \"keep_sums_days\": 7}}");
        QVERIFY2(same, same ? "" : same.error().toString().c_str());
        QCOMPARE(parseConfig("{\"store\": {\"keep_events_days\": 1}}")->store.keepSumsDays, 0);
    }

    void bodiesAreKeptByRequestAlone()
    {
        QVERIFY(defaultConfig().bodies.workflows.empty());
        const auto named = parseConfig("{\"bodies\": {\"workflows\": [\"a\", \"b\", \"a\"]}}");
        QVERIFY2(named, named ? "" : named.error().toString().c_str());
        QCOMPARE(named->bodies.workflows.size(), std::size_t(2));
        QCOMPARE(named->bodies.maxBodyBytes, std::uint64_t(1'048'576));
        QCOMPARE(named->bodies.maxTotalBytes, std::uint64_t(1'073'741'824));
        QCOMPARE(named->bodies.maxAgeDays, 7);
        QVERIFY(named->bodies.key == KeyPlace::Auto);
        const auto all = parseConfig("{\"bodies\": {\"workflows\": [\"a\"], \"max_body_bytes\": 1000, "
                                     "\"max_total_bytes\": 2000000, \"max_age_days\": 30, "
                                     "\"key\": \"secret-service\"}}");
        QVERIFY2(all, all ? "" : all.error().toString().c_str());
        QVERIFY((all->bodies == BodyOptions{{"a"}, 1000, 2'000'000, 30, KeyPlace::SecretService}));
    }

    void whatMayBeASecretIsNotRepeated()
    {
        for (const std::string url : {"https://me:s3cret@h/v1", "https://h/v1?key=s3cret"}) {
            const auto config = parseConfig("{\"upstreams\": {\"x\": {\"base_url\": \"" + url + "\"}}}");
            QVERIFY(!config);
            QVERIFY(config.error().toString().find("s3cret") == std::string::npos);
        }
    }

    void aMistakeIsNamedWithItsLine_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("place");
        QTest::addColumn<QByteArray>("message");
        QTest::newRow("no JSON") << QByteArray("{\n \"listen\": }") << QByteArray("line 2") << QByteArray();
        QTest::newRow("no object") << QByteArray("[]") << QByteArray("line 1, column 1")
                                   << QByteArray("object");
        QTest::newRow("unknown key") << QByteArray("{\n\n\"lisen\": 1}") << QByteArray("line 3")
                                     << QByteArray("'lisen'");
        QTest::newRow("listen") << QByteArray("{\"listen\": 4141}") << QByteArray("line 1")
                                << QByteArray("'listen'");
        QTest::newRow("wire")
            << QByteArray("{\"upstreams\":\n{\"x\": {\"base_url\": \"http://h\",\n\"wire\": \"grpc\"}}}")
            << QByteArray("line 3") << QByteArray("openai, anthropic, gemini, bedrock, cohere");
        QTest::newRow("include_usage") << QByteArray("{\"upstreams\":\n{\"x\": {\"base_url\": "
                                                     "\"http://h\",\n\"include_usage\": 0}}}")
                                       << QByteArray("line 3") << QByteArray("true or false");
        QTest::newRow("no base_url") << QByteArray("{\"upstreams\":\n{\"x\": {\"wire\": \"openai\"}}}")
                                     << QByteArray("line 2") << QByteArray("'base_url' is missing");
        QTest::newRow("scheme") << QByteArray("{\"upstreams\": {\"x\": {\"base_url\": \"ftp://h\"}}}")
                                << QByteArray("line 1") << QByteArray("ftp://h");
        QTest::newRow("credentials") << QByteArray(
                                            "{\"upstreams\": {\"x\": {\"base_url\": \"https://a:b@h/\"}}}")
                                     << QByteArray("line 1") << QByteArray("expected a URL");
        QTest::newRow("hosts that are no list") << QByteArray("{\"allowed_hosts\": \"a\"}")
                                                << QByteArray("line 1") << QByteArray("a list of host names");
        for (const char *host : {"\"\"", "\"a:80\"", "\"http://a\"", "\"*\"", "7"})
            QTest::newRow(host) << QByteArray("{\"allowed_hosts\": [\"a\",\n") + host + "]}"
                                << QByteArray("line 2") << QByteArray("without a port");
        QTest::newRow("query") << QByteArray("{\"upstreams\": {\"x\": {\"base_url\": \"https://h/?k=1\"}}}")
                               << QByteArray("line 1") << QByteArray("expected a URL");
        const auto url = [](const char *name, const char *base) {
            QTest::newRow(name) << QByteArray("{\"upstreams\": {\"x\": {\"base_url\": \"") + base + "\"}}}"
                                << QByteArray("line 1") << QByteArray("expected a URL");
        };
        url("no such port", "http://127.0.0.1:99999/v1");
        url("port 0", "http://127.0.0.1:0");
        url("no port", "http://127.0.0.1:/v1");
        url("a port and more", "http://127.0.0.1:80x/v1");
        url("open bracket", "http://[::1/v1");
        url("brackets without an address before the port", "http://[::1]80");
        url("empty brackets", "http://[]:80/v1");
        url("closing bracket alone", "http://::1]/v1");
        QTest::newRow("an upstream twice")
            << QByteArray("{\"upstreams\": {\"x\": {\"base_url\": \"http://a\"},\n"
                          "\"x\": {\"base_url\": \"http://b\"}}}")
            << QByteArray("line 2") << QByteArray("'x' appears twice");
        QTest::newRow("a key twice") << QByteArray(
                                            "{\"listen\": \"127.0.0.1:1\",\n\"listen\": \"127.0.0.1:2\"}")
                                     << QByteArray("line 2") << QByteArray("'listen' appears twice");
        QTest::newRow("name") << QByteArray("{\"upstreams\": {\"a/b\": {\"base_url\": \"https://h\"}}}")
                              << QByteArray("line 1") << QByteArray("'a/b'");
        QTest::newRow("negative limit") << QByteArray("{\"limits\":\n{\"idle_timeout_ms\": -5}}")
                                        << QByteArray("line 2") << QByteArray("whole number");
        QTest::newRow("fractional limit") << QByteArray("{\"limits\": {\"idle_timeout_ms\": 1.5}}")
                                          << QByteArray("line 1") << QByteArray("whole number");
        QTest::newRow("store") << QByteArray("{\"store\": \"full\"}") << QByteArray("line 1")
                               << QByteArray("expected an object");
        QTest::newRow("unknown member of store") << QByteArray("{\"store\": {\n\"sync\": \"full\"}}")
                                                 << QByteArray("line 2") << QByteArray("'sync'");
        for (const char *value : {"\"off\"", "1", "true", "\"FULL\""})
            QTest::addRow("synchronous %s", value)
                << QByteArray("{\"store\":\n{\"synchronous\": ") + value + "}}" << QByteArray("line 2")
                << QByteArray("normal, full");
        for (const auto &[name, store, error] :
             {std::tuple("events for no day", "\"keep_events_days\":\n0", "at least 1 and at most 36500"),
              {"events for half a day", "\"keep_events_days\":\n0.5", "'keep_events_days'"},
              {"sums for no day", "\"keep_events_days\": 1, \"keep_sums_days\":\n0", "at least 1"},
              {"sums shorter than events", "\"keep_events_days\": 30, \"keep_sums_days\":\n29",
               "at least the 30 of 'keep_events_days'"},
              {"sums shorter, said first", "\"keep_sums_days\":\n7, \"keep_events_days\": 8",
               "at least the 8"},
              {"sums alone", "\"keep_sums_days\":\n400", "expected 'keep_events_days' beside it"}})
            QTest::newRow(name) << QByteArray("{\"store\": {") + store + "}}" << QByteArray("line 2")
                                << QByteArray(error);
        QTest::newRow("synchronous twice")
            << QByteArray("{\"store\": {\"synchronous\": \"full\",\n\"synchronous\": \"full\"}}")
            << QByteArray("line 2") << QByteArray("appears twice");
        for (const auto &[name, bodies, error] :
             {std::tuple("workflows no list", "\"workflows\":\n\"w\"", "list of the workflows"),
              {"a workflow without a name", "\"workflows\":\n[\"\"]", "a workflow's name"},
              {"a workflow that is no text", "\"workflows\": [\"w\",\n1]", "a workflow's name"},
              {"no age", "\"max_age_days\":\n0", "at least 1 and at most 36500"},
              {"a body beyond reason", "\"max_body_bytes\":\n268435457", "at most 268435456"},
              {"little room for bodies", "\"max_total_bytes\":\n1000", "at least 1048576"},
              {"a place nobody knows", "\"key\":\n\"pocket\"", "auto, secret-service, file"},
              {"an unknown key of bodies", "\"max_days\":\n1", "'max_days'"}})
            QTest::newRow(name) << QByteArray("{\"bodies\": {") + bodies + "}}" << QByteArray("line 2")
                                << QByteArray(error);
        QTest::newRow("unknown limit")
            << QByteArray("{\"limits\": {\"idle\": 5}}") << QByteArray("line 1") << QByteArray("'idle'");
    }

    void aMistakeIsNamedWithItsLine()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, place);
        QFETCH(QByteArray, message);
        const auto config = parseConfig(json.toStdString());
        QVERIFY(!config);
        const QByteArray error = QByteArray::fromStdString(config.error().toString());
        QVERIFY2(error.contains(place), error.constData());
        QVERIFY2(error.contains(message), error.constData());
    }

    void theEnvironmentWins()
    {
        qputenv("FARTHING_LISTEN", "127.0.0.1:6161");
        qputenv("FARTHING_UPSTREAM_OPENAI", "http://127.0.0.1:9/v1/");
        const auto config = withEnvironment(defaultConfig());
        QVERIFY(config.ok());
        QCOMPARE(config->listen, std::string("127.0.0.1:6161"));
        QCOMPARE(config->upstreams.at("openai").baseUrl, std::string("http://127.0.0.1:9/v1"));
        QCOMPARE(config->upstreams.at("gemini"), defaultConfig().upstreams.at("gemini"));
    }

    void whatHoldsIsTheFileUnderTheEnvironment()
    {
        const QTemporaryDir dir;
        const std::filesystem::path file = dir.filePath("farthing.json").toStdString();
        QCOMPARE(loadConfig(file)->listen, std::string("127.0.0.1:4141"));
        QVERIFY(writeFileAtomically(file, "{\"listen\": \"127.0.0.1:5151\"}").ok());
        QCOMPARE(loadConfig(file)->listen, std::string("127.0.0.1:5151"));
        qputenv("FARTHING_LISTEN", "127.0.0.1:6161");
        QCOMPARE(loadConfig(file)->listen, std::string("127.0.0.1:6161"));
        QVERIFY(writeFileAtomically(file, "{\"lisen\": 1}").ok());
        const auto refused = loadConfig(file);
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().toString().starts_with(file.string()));
    }

    void aBadEnvironmentIsAnErrorThatNamesTheVariable()
    {
        qputenv("FARTHING_UPSTREAM_GEMINI", "nonsense");
        const auto config = withEnvironment(defaultConfig());
        QVERIFY(!config);
        QVERIFY(config.error().toString().find("FARTHING_UPSTREAM_GEMINI") != std::string::npos);
    }
};

QTEST_GUILESS_MAIN(ConfigTest)
#include "tst_config.moc"
