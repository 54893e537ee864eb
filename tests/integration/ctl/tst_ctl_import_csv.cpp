// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody else's CSV, by the built program.
#include "tests/integration/ctl/Farthingctl.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

class CtlImportCsvTest : public QObject
{
    Q_OBJECT

private:
    static constexpr const char *calls = "created_at,model_name,prompt,completion,account,price,note\n"
                                         "1763632800,gpt-4o,1000,100,a1,,x\n"
                                         "1763632801,gpt-4o-mini,2000,10,a2,0.25,y\n";

private slots:
    void aMappedFileIsTakenOverOnce()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString file = dir.filePath("calls.csv");
        writeTo(file, calls);
        const QStringList command = {"import",
                                     "csv",
                                     "--map",
                                     "created_at=time",
                                     "--map",
                                     "model_name=model",
                                     "--map",
                                     "prompt=input_tokens",
                                     file,
                                     "--map",
                                     "price=cost_usd",
                                     "--map",
                                     "completion=output_tokens",
                                     "--map",
                                     "account=tag.account",
                                     "--set",
                                     "provider=openai",
                                     "--workflow",
                                     "search",
                                     "--json"};
        const auto first = ctl(command);
        QCOMPARE(first.code, 0);
        QCOMPARE(first.error, QByteArray("farthingctl: left out column 'note'\n"));
        QCOMPARE(first.json()["written"].toInt(), 2);
        QCOMPARE(ctl(command).json()["already_there"].toInt(), 2);
        const QByteArray csv = ctl({"export", "events"}).out;
        // $2.50 in and $10 out a million; the other's cost is its own.
        QVERIFY2(
            csv.contains(",2025-11-20T10:00:00.000000Z,openai,chat,search,,,,gpt-4o,gpt-4o,gpt-4o,pass,0,"
                         "200,0,none,1000,0,0,0,0,100,0,0,0,provider,1,0.0035,"),
            csv.constData());
        QVERIFY(csv.contains(",2000,0,0,0,0,10,0,0,0,provider,1,0.25,"));
        QVERIFY(ctl({"export", "events", "--format", "json"}).out.contains("\"tags\":{\"account\":\"a1\"}"));
        QCOMPARE(ctl({"doctor", "--verify"}).code, 0);
    }

    void aMappingFileAndStandardInput()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString map = dir.filePath("map.json");
        writeTo(map, R"({"at": "time", "n": "input_tokens"})");
        const auto done = ctl({"import", "csv", "-", "--map-file", map, "--delimiter", "tab", "--time-format",
                               "%d.%m.%Y %H:%M"},
                              "at\tn\tmodel\n20.11.2026 10:00\t5\tgpt-4o\n");
        QCOMPARE(done.error, QByteArray());
        QCOMPARE(done.out, QByteArray("1 events written, 0 were there already\n"));
        QVERIFY(ctl({"export", "events"}).out.contains(",2026-11-20T10:00:00.000000Z,openai,chat,untagged,"));
    }

    void mistakesInTheMappingAreMistakesOfUse_data()
    {
        QTest::addColumn<QStringList>("options");
        QTest::addColumn<QByteArray>("error");
        const auto row = [](const char *name, const QStringList &options, const char *error) {
            QTest::newRow(name) << options << QByteArray(error);
        };
        row("no time", {}, "calls.csv: no column is the time; say which, --map COLUMN=time");
        row("no such field", {"--map", "created_at=when"}, "--map: 'when' is no field of an event");
        row("no such column", {"--map", "at=time"}, "calls.csv: the header has no column 'at'");
        row("the field twice", {"--map", "created_at=time", "--map", "note=time"},
            "--map: field 'time' is given twice");
        row("map and set", {"--map", "created_at=time", "--map", "note=user", "--set", "user=me"},
            "--set: field 'user' is given twice");
        row("no mapping", {"--map", "created_at"}, "--map: 'created_at' is not COLUMN=FIELD");
        row("no value", {"--set", "user"}, "--set: 'user' is not FIELD=VALUE");
        row("a bad value", {"--map", "created_at=time", "--set", "status=ok"},
            "status: 'ok' is not a whole number");
        row("a time format", {"--map", "created_at=time", "--time-format", "%H"},
            "--time-format: '%H' does not say year, month and day");
        row("a delimiter", {"--map", "created_at=time", "--delimiter", "|"},
            "--delimiter: '|' is neither ',', ';' nor tab");
        row("another delimiter", {"--map", "created_at=time", "--delimiter", ";"}, "is its --delimiter ','?");
    }
    void mistakesInTheMappingAreMistakesOfUse()
    {
        QFETCH(QStringList, options);
        QFETCH(QByteArray, error);
        const QTemporaryDir dir;
        const QString file = dir.filePath("calls.csv");
        writeTo(file, calls);
        const auto done = Farthingctl{dir.filePath("data")}(QStringList{"import", "csv", file} + options);
        QCOMPARE(done.code, 2);
        QVERIFY2(done.error.contains(error), done.error.constData());
        QVERIFY(!QDir(dir.filePath("data")).exists());
    }

    void badRowsStopTheImportOrAreSkipped()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString file = dir.filePath("calls.csv");
        writeTo(file, "time,cost_usd\n2026-11-20,1\n2026-11-20,$1\n2026-11-20,3\n");
        const auto stopped = ctl({"import", "csv", file});
        QCOMPARE(stopped.code, 1);
        QVERIFY2(
            stopped.error.contains("calls.csv: line 3, column cost_usd: '$1' is not an amount in USD such as "
                                   "0.00123; a currency's sign, a thousands separator"),
            stopped.error.constData());
        QVERIFY(!QFile::exists(dir.filePath("data/events.db")));
        const auto skipped = ctl({"import", "csv", file, "--on-error", "skip"});
        QCOMPARE(skipped.out, QByteArray("2 events written, 0 were there already, 1 bad rows skipped\n"));
        const auto none = ctl({"import", "csv", dir.filePath("none.csv")});
        QCOMPARE(none.code, 1);
        QVERIFY(none.error.contains("none.csv: cannot be opened"));
    }
};

QTEST_GUILESS_MAIN(CtlImportCsvTest)
#include "tst_ctl_import_csv.moc"
