// SPDX-License-Identifier: GPL-3.0-or-later
// What is imported comes out again byte for byte; what cannot be read changes nothing.
#include "tests/integration/ctl/Farthingctl.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <sys/resource.h>

class CtlImportTest : public QObject
{
    Q_OBJECT

private:
    static QByteArray rows(int count)
    {
        QByteArray csv = "time,provider,endpoint,workflow,user,response_model,status,input_tokens,"
                         "output_tokens,usage_source,priced,cost_usd\r\n";
        for (int i = 0; i < count; ++i) {
            const QByteArray second = QByteArray::number(i % 60).rightJustified(2, '0');
            const QByteArray minute = QByteArray::number(i / 60 % 60).rightJustified(2, '0');
            const QByteArray hour = QByteArray::number(i / 3600 % 24).rightJustified(2, '0');
            csv += "2026-11-20T" + hour + ':' + minute + ':' + second + ".000" +
                   QByteArray::number(i % 1000).rightJustified(3, '0') + "Z,openai,chat,summarise,\"u,\"\"" +
                   QByteArray::number(i % 7) + "\",gpt-4o,200,1000,100,provider,1,0.0035\r\n";
        }
        return csv;
    }

private slots:
    void anExportImportsAsItIs()
    {
        const QTemporaryDir one;
        const QTemporaryDir two;
        const QString first = one.filePath("in.csv");
        writeTo(first, rows(500));
        Farthingctl source{one.path()};
        QCOMPARE(source({"import", "events", first, "--json"}).json().value("written").toInt(), 500);
        QCOMPARE(source({"import", "events", first, "--json"}).json().value("already_there").toInt(), 500);
        for (const QString form : {"csv", "json"}) {
            const auto exported = source({"export", "events", "--format", form});
            QCOMPARE(exported.code, 0);
            const QString file = two.filePath("events." + form);
            writeTo(file, exported.out);
            Farthingctl target{two.filePath(form)};
            const auto imported = target({"import", "events", file, "--json"});
            QVERIFY2(imported.code == 0, imported.error.constData());
            QCOMPARE(imported.json().value("written").toInt(), 500);
            QCOMPARE(target({"export", "events", "--format", form}).out, exported.out);
        }
    }

    void aPipeIsReadWhole()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const QByteArray csv = rows(25'000);
        QCOMPARE(ctl({"import", "events", "-", "--json"}, csv).json().value("written").toInt(), 25'000);
        QCOMPARE(ctl({"import", "events", "-", "--json"}, csv).json().value("already_there").toInt(), 25'000);
        QCOMPARE(ctl({"import", "events", "-"}, csv + "bad\r\n").code, 1);
    }

    void whatAnApplicationSaysIsCompleted()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const QByteArray csv = "time,workflow,model,input_tokens,output_tokens,cost_usd\r\n"
                               "2026-11-20T10:00:00Z,w,nobody-prices-this,100,10,0.5\r\n";
        QCOMPARE(ctl({"import", "events", "-"}, csv).code, 0);
        for (const QStringList &before :
             {QStringList{}, {"prices", "reprice"}, {"prices", "reprice", "--all"}}) {
            if (!before.isEmpty())
                QCOMPARE(ctl(before).code, 0);
            const auto event =
                QJsonDocument::fromJson(ctl({"export", "events", "--format", "json"}).out).object();
            QCOMPARE(event["status"].toInt(), 200);
            QVERIFY(event["priced"].toVariant().toBool());
            QCOMPARE(event["usage_source"].toString(), QStringLiteral("provider"));
            QCOMPARE(event["cost_usd"].toString(), QStringLiteral("0.5"));
        }
    }

    void whatNoCallCanBeIsRefused_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("row");
        QTest::addColumn<QByteArray>("named");
        const auto row = [](const char *name, const char *header, const char *values, const char *named) {
            QTest::newRow(name) << QByteArray(header) << QByteArray(values) << QByteArray(named);
        };
        row("no time", "workflow,cost_usd", "w,1", "line 3, column time");
        row("a far time", "time", "2300-01-01", "line 3, column time");
        row("another's id", "time,event_id", "2026-11-20T10:00:00Z,019a9f2b-5c80-7abc-8123-456789abcdef",
            "line 3, column event_id");
        row("a negative cost", "time,cost_usd", "2026-11-20,-5", "line 3, column cost_usd");
        row("a cost past any call's", "time,cost_usd", "2026-11-20,9000000000", "line 3, column cost_usd");
        row("more cached than input", "time,input_tokens,cached_input_tokens", "2026-11-20,10,11",
            "line 3, column cached_input_tokens");
        row("read and written, more than input",
            "time,input_tokens,cached_input_tokens,cache_write_5m_tokens", "2026-11-20,10,6,5",
            "line 3, column cached_input_tokens and cache writes");
        row("more reasoning than output", "time,output_tokens,reasoning_tokens", "2026-11-20,1,99",
            "line 3, column reasoning_tokens");
        row("more tokens than there are", "time,input_tokens", "2026-11-20,9223372036854775807",
            "line 3, column input_tokens");
        row("priced without a cost", "time,priced,cost_usd", "2026-11-20,1,", "line 3, column priced");
        row("a cost without a price", "time,priced,cost_usd", "2026-11-20,0,1", "line 3, column priced");
        row("a list cost of what failed", "time,status,cost_usd,list_cost_usd", "2026-11-20,500,1,1",
            "line 3, column list_cost_usd");
        row("a list cost without a cost", "time,list_cost_usd", "2026-11-20,1",
            "line 3, column list_cost_usd");
        row("no UTF-8", "time,workflow", "2026-11-20,\xff", "line 3, column workflow");
        row("no attempt", "time,attempt", "2026-11-20,0", "line 3, column attempt");
        row("no status", "time,status", "2026-11-20,99999", "line 3, column status");
    }
    void whatNoCallCanBeIsRefused()
    {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, row);
        QFETCH(QByteArray, named);
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const auto answer = ctl({"import", "events", "-"}, header + "\r\n\r\n" + row + "\r\n");
        QCOMPARE(answer.code, 1);
        QVERIFY2(answer.error.contains(named), answer.error.constData());
    }

    void whatASpreadsheetWouldRunComesBackUnchanged()
    {
        const QTemporaryDir dir;
        const QString file = dir.filePath("in.json");
        writeTo(file, "{\"time\": \"2026-11-20T10:00:00Z\", \"workflow\": \"=1+1\", \"user\": \"'quoted\", "
                      "\"status\": 200}\n");
        Farthingctl ctl{dir.path()};
        QCOMPARE(ctl({"import", "events", file}).code, 0);
        const QByteArray csv = ctl({"export", "events"}).out;
        QVERIFY2(csv.contains("\"'=1+1\""), csv.constData());
        const QTemporaryDir other;
        writeTo(other.filePath("out.csv"), csv);
        Farthingctl back{other.path()};
        QCOMPARE(back({"import", "events", other.filePath("out.csv")}).code, 0);
        const QJsonObject event =
            QJsonDocument::fromJson(back({"export", "events", "--format", "json"}).out).object();
        QCOMPARE(event.value("workflow").toString(), QStringLiteral("=1+1"));
        QCOMPARE(event.value("user").toString(), QStringLiteral("'quoted"));
    }

    void aBadRowChangesNothing_data()
    {
        QTest::addColumn<QByteArray>("bad");
        QTest::addColumn<QByteArray>("place");
        QTest::newRow("a time that is none")
            << QByteArray("never,openai,chat,w,u,m,200,1,1,provider,1,0.1\r\n") << QByteArray("column time");
        QTest::newRow("a cell too many")
            << QByteArray("2026-11-20T10:00:00Z,openai,chat,w,u,m,200,1,1,provider,1,0.1,x\r\n")
            << QByteArray("13 cells");
        QTest::newRow("a negative count")
            << QByteArray("2026-11-20T10:00:00Z,openai,chat,w,u,m,200,-1,1,provider,1,0.1\r\n")
            << QByteArray("column input_tokens");
        QTest::newRow("text behind a quote")
            << QByteArray("2026-11-20T10:00:00Z,\"openai\"x,chat,w,u,m,200,1,1,provider,1,0.1\r\n")
            << QByteArray("closing quote");
        QTest::newRow("an open quote")
            << QByteArray("2026-11-20T10:00:00Z,\"openai,chat\r\n") << QByteArray("does not end");
    }
    void aBadRowChangesNothing()
    {
        QFETCH(QByteArray, bad);
        QFETCH(QByteArray, place);
        const QTemporaryDir dir;
        const QString file = dir.filePath("in.csv");
        writeTo(file, rows(21'000) + bad);
        Farthingctl ctl{dir.path()};
        const auto refused = ctl({"import", "events", file});
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.error.contains("line 21002") && refused.error.contains(place),
                 refused.error.constData());
        QCOMPARE(QDir(dir.path()).entryList({"events.db*"}), QStringList());
    }

    void badRowsCanBeSkipped()
    {
        const QTemporaryDir dir;
        const QString file = dir.filePath("in.csv");
        QByteArray csv = rows(40);
        csv.insert(csv.indexOf("\r\n") + 2, "x,y\r\n");
        csv += "2026-11-20T10:00:00Z,\"openai\"x,chat,w,u,m,200,1,1,provider,1,0.1\r\n";
        csv += rows(50).split('\n').last();
        writeTo(file, csv);
        Farthingctl ctl{dir.path()};
        const auto done = ctl({"import", "events", "--on-error", "skip", "--json", file});
        QCOMPARE(done.code, 0);
        QCOMPARE(done.json().value("written").toInt(), 40);
        QCOMPARE(done.json().value("skipped").toInt(), 2);
        QVERIFY(done.error.contains("line 2:") && done.error.contains("line 43"));
    }

    void anArrayIsReadLikeLines()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const QByteArray array =
            "\n[{\"time\": \"2026-11-20T10:00:00Z\", \"user\": \"[{\"},\n"
            " {\"time\": \"2026-11-20T10:00:01Z\", \"details\": {\"tags\": {\"a\": \"]\"}}}]\n";
        QCOMPARE(ctl({"import", "events", "-", "--json"}, array).json().value("written").toInt(), 2);
        QCOMPARE(ctl({"import", "events", "-", "--json"}, "[]").json().value("written").toInt(-1), 0);
        QVERIFY(ctl({"export", "events", "--format", "json"}).out.contains("\"tags\":{\"a\":\"]\"}"));
    }

    void aBadElementIsNamed_data()
    {
        QTest::addColumn<QByteArray>("array");
        QTest::addColumn<QByteArray>("named");
        const QByteArray good = "{\"time\": \"2026-11-20T10:00:00Z\"}";
        QTest::newRow("a number") << "[" + good + ", 3]" << QByteArray("element 2");
        QTest::newRow("an array") << "[[" + good + "]]" << QByteArray("element 1");
        QTest::newRow("a bad field") << "[" + good + ", {\"time\": \"soon\"}]"
                                     << QByteArray("element 2: 'time'");
        QTest::newRow("an element without end")
            << "[" + good + ", " + QByteArray(100'000, '[') + QByteArray(100'000, ']') + "]"
            << QByteArray("element 2: byte 66: is nested deeper");
        QTest::newRow("a number past any")
            << QByteArray("[{\"latency_ms\":1e999}]") << QByteArray("element 1");
        QTest::newRow("a large element")
            << "[" + good + ", {\"workflow\": \"" + QByteArray(2'000'000, 'x') + "\"}]"
            << QByteArray("element 2: is longer than 1048576 bytes");
        QTest::newRow("nothing between commas") << "[" + good + ",," + good + "]" << QByteArray("element 2");
        QTest::newRow("no end") << "[" + good << QByteArray("line 1");
        QTest::newRow("more behind it") << "[" + good + "] x" << QByteArray("line 1");
    }
    void aBadElementIsNamed()
    {
        QFETCH(QByteArray, array);
        QFETCH(QByteArray, named);
        const QTemporaryDir dir;
        const auto refused = Farthingctl{dir.path()}({"import", "events", "-"}, array);
        QCOMPARE(refused.code, 1);
        QVERIFY2(refused.error.contains(named), refused.error.constData());
        QVERIFY(!QFile::exists(dir.filePath("events.db")));
    }

    void whatCannotBeReadIsSkippedWhateverItIs_data()
    {
        QTest::addColumn<QByteArray>("bad");
        QTest::newRow("no end of brackets") << "{\"workflow\": " + QByteArray(100'000, '[');
        QTest::newRow("a number past any") << QByteArray("{\"latency_ms\": 1e999}");
        QTest::newRow("a large line") << "{\"workflow\": \"" + QByteArray(2'000'000, 'x') + "\"}";
    }
    void whatCannotBeReadIsSkippedWhateverItIs()
    {
        QFETCH(QByteArray, bad);
        const QTemporaryDir dir;
        const QByteArray good = "{\"time\": \"2026-11-20T10:00:00Z\"}\n";
        const auto done = Farthingctl{dir.path()}({"import", "events", "--json", "--on-error", "skip", "-"},
                                                  good + bad + "\n" + good);
        QCOMPARE(done.code, 0);
        QCOMPARE(done.json().value("written").toInt(), 2);
        QCOMPARE(done.json().value("skipped").toInt(), 1);
        QVERIFY2(done.error.contains("line 2") && done.error.size() < 400, done.error.left(400).constData());
    }

    void equalLinesAreEventsOfTheirOwn()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const QByteArray line = "{\"time\": \"2026-11-20T10:00:00Z\", \"workflow\": \"w\"}";
        const auto written = [&](const QByteArray &file) {
            return ctl({"import", "events", "-", "--json"}, file).json().value("written").toInt(-1);
        };
        QCOMPARE(written(line + "\n" + line + "\n" + line + "\n"), 3);
        QCOMPARE(written(line + "\r\n" + line + "\r\n" + line + "\r\n"), 0);
        QCOMPARE(written("[" + line + ",\n" + line + "," + line + "]"), 0);
        QCOMPARE(written("time,workflow\n2026-11-20T10:00:00Z,w\n2026-11-20T10:00:00Z,w\n"), 0);
        QCOMPARE(written("[" + line + ", " + line + ", " + line + ", " + line + "]"), 1);
    }

    /// CSV holds list costs but not what they were saved by.
    void listCostsComeWithTheirSavingsOrNotAtAll_data()
    {
        QTest::addColumn<QByteArray>("row");
        QTest::addColumn<QString>("listCost"); // empty: left out
        QTest::addColumn<QString>("part");
        QTest::newRow("today's prices say") << QByteArray("none,gpt-4o,1000,1000,0.00125,0.0025") << "0.0025"
                                            << "prompt_cache";
        QTest::newRow("nothing was saved") << QByteArray("none,nobody-knows,1000,0,0.5,0.5") << "0.5"
                                           << "";
        QTest::newRow("a served hit") << QByteArray("exact,nobody-knows,1000,0,0,0.5") << "0.5"
                                      << "response_cache";
        QTest::newRow("nobody can say") << QByteArray("none,gpt-4o,1000,1000,0.00125,0.003") << ""
                                        << "";
    }
    void listCostsComeWithTheirSavingsOrNotAtAll()
    {
        QFETCH(QByteArray, row);
        QFETCH(QString, listCost);
        QFETCH(QString, part);
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const QByteArray csv =
            "time,provider,cache,model,input_tokens,cached_input_tokens,cost_usd,list_cost_usd\n"
            "2026-11-20T10:00:00Z,openai," +
            row + "\n";
        const auto done = ctl({"import", "events", "-", "--json"}, csv);
        QVERIFY2(done.code == 0, done.error.constData());
        QCOMPARE(done.json().value("list_costs_left_out").toInt(), listCost.isEmpty() ? 1 : 0);
        const QJsonObject event =
            QJsonDocument::fromJson(ctl({"export", "events", "--format", "json"}).out).object();
        QCOMPARE(event.value("list_cost_usd").toString(), listCost);
        const QJsonObject savings = event.value("details").toObject().value("savings_usd").toObject();
        const double saved = event.value("list_cost_usd").toString().toDouble() -
                             event.value("cost_usd").toString().toDouble();
        for (const QString &name : savings.keys())
            QCOMPARE(savings.value(name).toString().toDouble(), name == part ? saved : 0.0);
    }

    void repricingLeavesAloneWhatNoPriceSpeaksOf()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const QByteArray csv = "time,workflow,model,cost_usd\n"
                               "2026-11-20T10:00:00Z,img,dall-e-3,0.04\n"
                               "2026-11-20T10:00:01Z,img,gpt-4o,0.07\n"
                               "2026-11-20T10:00:02Z,img,gpt-4o,\n";
        QCOMPARE(ctl({"import", "events", "-"}, csv).code, 0);
        const QByteArray before = ctl({"export", "events"}).out;
        for (const QStringList &how : {QStringList{"prices", "reprice"}, {"prices", "reprice", "--all"}}) {
            QCOMPARE(ctl(how).code, 0);
            QCOMPARE(ctl({"export", "events"}).out, before);
        }
    }

    void anImportThatFailsLateLeavesNothing()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        QCOMPARE(ctl({"import", "events", "-"}, rows(10)).code, 0);
        const QString file = dir.filePath("in.csv");
        writeTo(file, rows(30'000));
        struct rlimit before = {};
        QCOMPARE(::getrlimit(RLIMIT_FSIZE, &before), 0);
        const struct rlimit small = {1'000'000, before.rlim_max};
        ::signal(SIGXFSZ, SIG_IGN); // the program inherits both: a disk that is full after 1 MB
        QCOMPARE(::setrlimit(RLIMIT_FSIZE, &small), 0);
        const auto failed = ctl({"import", "events", file});
        ::setrlimit(RLIMIT_FSIZE, &before);
        QCOMPARE(failed.code, 1);
        QVERIFY2(failed.error.contains("disk"), failed.error.constData());
        QCOMPARE(ctl({"export", "events"}).out.count("\r\n"), 11);
        QCOMPARE(ctl({"import", "events", file, "--json"}).json().value("written").toInt(), 29'990);
    }

    void aHeaderThatNoEventHasIsRefusedEvenWhenSkipping()
    {
        const QTemporaryDir dir;
        writeTo(dir.filePath("in.csv"), "time,colour\r\n2026-11-20T10:00:00Z,blue\r\n");
        Farthingctl ctl{dir.path()};
        const auto refused = ctl({"import", "events", "--on-error", "skip", dir.filePath("in.csv")});
        QCOMPARE(refused.code, 1);
        QVERIFY(refused.error.contains("colour"));
    }
};

QTEST_GUILESS_MAIN(CtlImportTest)
#include "tst_ctl_import.moc"
