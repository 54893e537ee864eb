// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/ProxyHealth.h"

#include "ui/models/Format.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTemporaryDir>
#include <QTest>

using namespace farthing;

namespace {

/// As farthingd sends it.
QJsonObject report()
{
    const QJsonObject file{{"ok", true}, {"error", ""}, {"since", QJsonValue::Null}};
    return {{"status", "ok"},
            {"version", "0.1.0"},
            {"listen", "127.0.0.1:4141"},
            {"pid", 4321},
            {"started", "2026-11-23T21:00:00.000000Z"},
            {"requests", 12},
            {"in_flight", 2},
            {"unrecorded_calls", 0},
            {"unrecorded_reason", ""},
            {"unrecorded_since", QJsonValue::Null},
            {"overhead_us_p50", 140},
            {"overhead_us_p99", 900},
            {"store", QJsonObject{{"ok", true},
                                  {"error", ""},
                                  {"since", QJsonValue::Null},
                                  {"committed_events", 10},
                                  {"last_commit", "2026-11-23T21:52:25.000123Z"}}},
            {"prices", "2026-09-23"},
            {"upstreams", QJsonObject{{"openai", QJsonObject{{"base_url", "https://api.openai.com/v1"},
                                                             {"wire", "openai"}}},
                                      {"own", QJsonObject{{"base_url", "http://127.0.0.1:8000"}}}}},
            {"config_file", file},
            {"prices_file", file},
            {"token_file", file},
            {"bodies", file}};
}

QByteArray bytesOf(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

/// A report that says all is well but for these members.
ProxyHealth with(std::initializer_list<std::pair<QString, QJsonValue>> members)
{
    QJsonObject object = report();
    for (const auto &[name, value] : members)
        object[name] = value;
    return parseProxyHealth(bytesOf(object)).value();
}

} // namespace

class ProxyHealthTest : public QObject
{
    Q_OBJECT

private slots:
    void aGoodReportIsReadWhole()
    {
        const auto health = parseProxyHealth(bytesOf(report()));
        QVERIFY(health.has_value());
        QVERIFY(health->ok);
        QCOMPARE(health->version, QStringLiteral("0.1.0"));
        QCOMPARE(health->listen, QStringLiteral("127.0.0.1:4141"));
        QCOMPARE(health->pid, qint64(4321));
        QCOMPARE(health->requests, qint64(12));
        QCOMPARE(health->inFlight, qint64(2));
        QCOMPARE(health->unrecorded, qint64(0));
        QVERIFY(health->overheadP50Us == 140);
        QVERIFY(health->storeOk);
        QVERIFY(health->lastCommit == *parseRfc3339("2026-11-23T21:52:25.000123Z"));
        QCOMPARE(health->prices, QStringLiteral("2026-09-23"));
        QCOMPARE(health->upstreams, (QHash<QString, QString>{{"openai", "https://api.openai.com/v1"},
                                                             {"own", "http://127.0.0.1:8000"}}));
        QCOMPARE(health->troubles().join('\n'), QString());
    }

    void beforeTheFirstCallThereIsNoOverheadAndNoCommit()
    {
        QJsonObject store = report()["store"].toObject();
        store["last_commit"] = QJsonValue::Null;
        const ProxyHealth health = with({{"requests", 0}, {"overhead_us_p50", 0}, {"store", store}});
        QVERIFY(!health.overheadP50Us.has_value());
        QVERIFY(!health.lastCommit.has_value());
        QCOMPARE(health.troubles().join('\n'), QString());
    }

    void whatIsMissingTakesItsDefault()
    {
        const auto health = parseProxyHealth("{\"status\": \"degraded\", \"listen\": \"[::1]:1\"}");
        QVERIFY(health.has_value());
        QVERIFY(!health->ok);
        QCOMPARE(health->listen, QStringLiteral("[::1]:1"));
        QCOMPARE(health->pid, qint64(0));
        QCOMPARE(health->requests, qint64(0));
        QVERIFY(!health->overheadP50Us.has_value());
        QVERIFY(health->upstreams.isEmpty());
        QVERIFY2(!health->storeOk, "a store that nothing is said of is not taken for a good one");
    }

    void whatIsNoReportIsRefused_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("<html>Not Found</html>");
        QTest::newRow("null") << QByteArray("null");
        QTest::newRow("a string") << QByteArray("\"ok\"");
        QTest::newRow("an array") << QByteArray("[{\"status\":\"ok\",\"listen\":\"x\"}]");
        QTest::newRow("an empty object") << QByteArray("{}");
        QTest::newRow("no status") << QByteArray("{\"listen\":\"127.0.0.1:1\"}");
        QTest::newRow("no address") << QByteArray("{\"status\":\"ok\"}");
        QTest::newRow("an address that is a number") << QByteArray("{\"status\":\"ok\",\"listen\":4141}");
        QTest::newRow("a status that is an object") << QByteArray("{\"status\":{},\"listen\":\"x\"}");
        QTest::newRow("text after it") << bytesOf(report()) + "x";
        QTest::newRow("no UTF-8") << QByteArray("{\"status\":\"ok\",\"listen\":\"\xff\xfe\xc0\"}");
        QTest::newRow("zeros") << QByteArray(4096, '\0');
        QTest::newRow("deep arrays") << QByteArray(200'000, '[');
        QTest::newRow("deep objects")
            << "{\"status\":\"ok\",\"listen\":\"x\",\"store\":" + QByteArray("{\"a\":").repeated(100'000);
    }
    void whatIsNoReportIsRefused()
    {
        QFETCH(QByteArray, bytes);
        QVERIFY(!parseProxyHealth(bytes).has_value());
    }

    void aReportCutOffAnywhereIsRefused()
    {
        const QByteArray whole = bytesOf(report());
        QVERIFY(parseProxyHealth(whole).has_value());
        for (qsizetype length = 0; length < whole.size(); ++length)
            QVERIFY2(!parseProxyHealth(whole.left(length)).has_value(), whole.left(length).constData());
    }

    void membersOfAnotherKindCountAsMissing_data()
    {
        QTest::addColumn<QJsonValue>("value");
        QTest::newRow("null") << QJsonValue(QJsonValue::Null);
        QTest::newRow("truth") << QJsonValue(true);
        QTest::newRow("a huge number") << QJsonValue(1e300);
        QTest::newRow("a fraction") << QJsonValue(0.5);
        QTest::newRow("an array") << QJsonValue(QJsonArray{1, "x", QJsonObject()});
        QTest::newRow("an object of objects")
            << QJsonValue(QJsonObject{{"ok", QJsonObject()}, {"error", 7}, {"last_commit", QJsonArray()}});
    }
    void membersOfAnotherKindCountAsMissing()
    {
        QFETCH(QJsonValue, value);
        for (const QString &name : report().keys()) {
            if (name == "status" || name == "listen")
                continue;
            const ProxyHealth health = with({{name, value}});
            QCOMPARE(health.listen, QStringLiteral("127.0.0.1:4141"));
            QCOMPARE(health.pid, qint64(name == "pid" ? 0 : 4321));
            QCOMPARE(health.requests, qint64(name == "requests" ? 0 : 12));
            QCOMPARE(health.unrecorded, qint64(0));
            QCOMPARE(health.storeOk, name != "store");
            QCOMPARE(health.lastCommit.has_value(), name != "store");
            QVERIFY(health.config.error.isEmpty());
            QVERIFY(health.pricesFile.error.isEmpty());
        }
    }

    void theWorstTroubleIsToldFirst()
    {
        ProxyHealth health = with({{"store", QJsonObject{{"ok", false}, {"error", "the disk is full"}}},
                                   {"unrecorded_calls", 3},
                                   {"unrecorded_reason", "the journal is full"},
                                   {"config_file", QJsonObject{{"error", "farthing.json:3: no comma"}}},
                                   {"prices_file", QJsonObject{{"error", "prices.json:9: no price"}}}});
        QVERIFY2(health.troubles().join('\n').contains("the disk is full"),
                 qUtf8Printable(health.troubles().join('\n')));
        health.storeOk = true;
        QVERIFY2(!health.troubles().join('\n').contains("3 calls"),
                 "they are in the past while the status is ok");
        health.ok = false;
        QVERIFY2(health.troubles().join('\n').contains("3 calls"),
                 qUtf8Printable(health.troubles().join('\n')));
        QVERIFY(health.troubles().join('\n').contains("the journal is full"));
        health.unrecorded = 0;
        health.journalFull = true;
        QVERIFY2(health.troubles().join('\n').contains("the journal is full"),
                 qUtf8Printable(health.troubles().join('\n')));
        health.journalFull = false;
        QVERIFY2(health.troubles().join('\n').contains("farthing.json:3: no comma"),
                 qUtf8Printable(health.troubles().join('\n')));
        health.config.error.clear();
        QVERIFY2(health.troubles().join('\n').contains("prices.json:9: no price"),
                 qUtf8Printable(health.troubles().join('\n')));
        health.pricesFile.error.clear();
        health.unreadableRecords = 2;
        QVERIFY2(health.troubles().join('\n').contains("2 records"),
                 qUtf8Printable(health.troubles().join('\n')));
        health.unreadableRecords = 0;
        QCOMPARE(health.troubles().join('\n'), QString());
    }

    void everyFaultIsToldWithSinceWhen_data()
    {
        QTest::addColumn<QString>("member");
        QTest::addColumn<QJsonValue>("value");
        QTest::addColumn<QString>("told");
        const QString since = "2026-11-23T21:52:25.000123Z";
        const auto row = [](const char *name, const QString &member, const QJsonValue &value,
                            const char *told) { QTest::newRow(name) << member << value << QString(told); };
        for (const char *error : {"database or disk is full", "attempt to write a readonly database",
                                  "database is locked", "database disk image is malformed", "unable to open"})
            row(error, "store", QJsonObject{{"ok", false}, {"error", error}, {"since", since}}, error);
        row("journal", "journal", QJsonObject{{"full", true}, {"full_since", since}}, "the journal is full");
        row("farthing.json", "config_file", QJsonObject{{"error", "line 3: no comma"}, {"since", since}},
            "farthing.json is not taken over: line 3");
        row("prices.json", "prices_file", QJsonObject{{"error", "line 9: no price"}, {"since", since}},
            "prices.json is not taken over: line 9");
        row("token", "token_file", QJsonObject{{"error", "others can read it"}, {"since", since}},
            "the token is not taken over: others");
        row("bodies", "bodies", QJsonObject{{"ok", false}, {"error", "no key"}, {"since", since}},
            "no bodies are kept: no key");
        const QJsonObject before{
            {"error", "timeout"}, {"since", "2026-11-23T20:00:00Z"}, {"last", "2026-11-23T20:00:01Z"}};
        const QJsonObject last{
            {"error", "Could not resolve host"}, {"since", since}, {"last", "2026-11-23T21:59:00Z"}};
        row("upstream", "upstreams",
            QJsonObject{{"a", QJsonObject{{"fault", last}}}, {"b", QJsonObject{{"fault", before}}}},
            "calls to a fail: Could not resolve host");
    }
    void everyFaultIsToldWithSinceWhen()
    {
        QFETCH(QString, member);
        QFETCH(QJsonValue, value);
        QFETCH(QString, told);
        const QString trouble = with({{member, value}}).troubles().value(0);
        QVERIFY2(trouble.contains(told), qUtf8Printable(trouble));
        const QString since = format::localTime(*parseRfc3339("2026-11-23T21:52:25.000123Z"));
        QVERIFY2(trouble.endsWith("(since " + since + ")"), qUtf8Printable(trouble));
    }

    void everyFaultIsToldTheWorstFirst()
    {
        const auto failing = [](const char *error, const char *last) {
            return QJsonObject{{"fault", QJsonObject{{"error", error}, {"last", last}}}};
        };
        const QStringList told =
            with({{"store", QJsonObject{{"ok", false}, {"error", "disk is full"}}},
                  {"config_file", QJsonObject{{"error", "line 3"}}},
                  {"upstreams", QJsonObject{{"a", failing("timeout", "2026-11-23T20:00:01Z")},
                                            {"b", failing("no such host", "2026-11-23T20:00:02Z")}}}})
                .troubles();
        QCOMPARE(told, QStringList({"calls pass, but the store takes no events: disk is full",
                                    "calls to b fail: no such host", "calls to a fail: timeout",
                                    "farthing.json is not taken over: line 3"}));
    }

    void aReasonIsToldToTheLetter()
    {
        ProxyHealth health = with({});
        health.ok = false;
        health.unrecorded = 2;
        health.unrecordedReason = "100 %1 of %2 <b>";
        QVERIFY(health.troubles().join('\n').startsWith("2 calls"));
        QVERIFY2(health.troubles().join('\n').contains("100 %1 of %2 <b>"),
                 qUtf8Printable(health.troubles().join('\n')));
    }

    void theServingFileTellsProcessAndAddress_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<bool>("good");
        QTest::addColumn<qint64>("pid");
        QTest::addColumn<QString>("listen");
        QTest::newRow("as farthingd writes it")
            << QByteArray("{\"listen\":\"127.0.0.1:4141\",\"pid\":77,\"started\":\"2026-11-23T21:00:00Z\","
                          "\"version\":\"0.1.0\"}\n")
            << true << qint64(77) << "127.0.0.1:4141";
        QTest::newRow("no process") << QByteArray("{\"listen\":\"127.0.0.1:1\"}") << true << qint64(0)
                                    << "127.0.0.1:1";
        QTest::newRow("a process that is text") << QByteArray("{\"listen\":\"127.0.0.1:1\",\"pid\":\"77\"}")
                                                << true << qint64(0) << "127.0.0.1:1";
        QTest::newRow("no address") << QByteArray("{\"pid\":77}") << false << qint64(0) << "";
        QTest::newRow("an address that is a number")
            << QByteArray("{\"pid\":77,\"listen\":4141}") << false << qint64(0) << "";
        QTest::newRow("half of it") << QByteArray("{\"listen\":\"127.0.0.1:4141\",\"pi") << false << qint64(0)
                                    << "";
        QTest::newRow("empty") << QByteArray("") << false << qint64(0) << "";
        QTest::newRow("an array") << QByteArray("[]") << false << qint64(0) << "";
    }
    void theServingFileTellsProcessAndAddress()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(bool, good);
        const QTemporaryDir dir;
        QFile file(dir.filePath("serving.json"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(bytes), bytes.size());
        file.close();
        const auto serving = readServingFile(file.fileName());
        QCOMPARE(serving.has_value(), good);
        if (!good)
            return;
        QTEST(serving->pid, "pid");
        QTEST(serving->listen, "listen");
    }

    void clientsReachWhatListensOnEveryAddressOnLoopback_data()
    {
        QTest::addColumn<QString>("listen");
        QTest::addColumn<QString>("client");
        const auto row = [](const char *listen, const char *client) {
            QTest::newRow(listen) << QString(listen) << QString(client);
        };
        row("127.0.0.1:4141", "127.0.0.1:4141");
        row("127.0.0.2:4141", "127.0.0.2:4141");
        row("localhost:4141", "localhost:4141");
        row("[::1]:4141", "[::1]:4141");
        row("192.168.1.7:80", "192.168.1.7:80");
        row("0.0.0.0:4141", "127.0.0.1:4141");
        row("[::]:4141", "[::1]:4141");
        row("[0:0:0:0:0:0:0:0]:4141", "[::1]:4141");
        row("nonsense", "nonsense");
        row("", "");
    }
    void clientsReachWhatListensOnEveryAddressOnLoopback()
    {
        QFETCH(QString, listen);
        QTEST(addressForClients(listen), "client");
    }

    void withoutAServingFileNobodyServes()
    {
        const QTemporaryDir dir;
        QVERIFY(!readServingFile(dir.filePath("serving.json")).has_value());
        QVERIFY(!readServingFile(dir.path()).has_value());
    }
};

QTEST_GUILESS_MAIN(ProxyHealthTest)
#include "tst_proxy_health.moc"
