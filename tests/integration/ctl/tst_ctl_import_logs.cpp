// SPDX-License-Identifier: GPL-3.0-or-later
// Other programs' records of their calls, by the built program.
#include "tests/core/ingest/logs/ReadLog.h"
#include "tests/integration/ctl/Farthingctl.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <sys/stat.h>

using farthing::answer;

namespace {

QByteArray lines(const QByteArrayList &list)
{
    return list.join('\n').replace('\'', '"') + '\n';
}

int sumOf(const char *column, const Farthingctl &ctl)
{
    int sum = 0;
    for (const QByteArray &line : ctl({"export", "events", "--json"}).out.split('\n'))
        sum += QJsonDocument::fromJson(line).object()[QLatin1String(column)].toInt();
    return sum;
}

} // namespace

class CtlImportLogsTest : public QObject
{
    Q_OBJECT private slots : void transcriptsAreTakenOverOnce()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString project = dir.filePath("claude/projects/-home-me-app");
        QVERIFY(QDir().mkpath(project));
        writeTo(project + "/s1.jsonl",
                lines({answer("a", "r", 1), answer("a", "r", 7, 1), answer("b", "q", 3, 9)}));
        qputenv("CLAUDE_CONFIG_DIR", dir.filePath("claude").toUtf8());
        const QStringList command = {"import", "claude-code", "--json", "--user", "me"};
        QJsonObject counts = ctl(command).json();
        QCOMPARE(counts["written"].toInt(), 2);
        counts = ctl(command).json();
        QCOMPARE(counts["written"].toInt(), 0);
        QCOMPARE(counts["already_there"].toInt(), 2);
        // The session went on: one message was not whole, one is new.
        writeTo(project + "/s1.jsonl",
                lines({answer("a", "r", 1), answer("a", "r", 7, 1), answer("b", "q", 3, 9),
                       answer("b", "q", 300, 11), answer("c", "p", 5, 20)}));
        counts = ctl(command).json();
        QCOMPARE(counts["written"].toInt(), 1);
        QCOMPARE(counts["grown"].toInt(), 1);
        qunsetenv("CLAUDE_CONFIG_DIR");

        const QByteArray csv = ctl({"export", "events"}).out;
        QCOMPARE(csv.count(",anthropic,chat,claude-code,app,me,s1,claude-sonnet-4-5,claude-sonnet-4-5,claude-"
                           "sonnet-4-5,pass,"),
                 3);
        QCOMPARE(sumOf("output_tokens", ctl), 7 + 300 + 5);
        QCOMPARE(ctl({"doctor", "--verify"}).code, 0);
    }

    void whatPassedThroughTheProxyIsNotCountedAgain()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QByteArray metered =
            "{'time':'2026-11-20T09:59:58Z','provider':'anthropic','workflow':'w','session':'s1',"
            "'model':'claude-sonnet-4-5','input_tokens':60,'cached_input_tokens':20,'output_tokens':7,"
            "'details':{'client':'claude-cli/2.0.1 (external, cli)','instance':'127.0.0.1:4141'}}";
        QCOMPARE(ctl({"import", "events", "-"}, lines({metered})).code, 0);
        const QString file = dir.filePath("s1.jsonl");
        writeTo(file, lines({answer("a", "r", 1), answer("b", "q", 3).replace(":20,", ":21,")}));
        const auto imported = ctl({"import", "claude-code", file});
        QCOMPARE(imported.out,
                 QByteArray("1 events written, 0 were there already, 1 passed through the proxy\n"));
    }

    void recordedTranscripts()
    {
        const QDir shared(
            qEnvironmentVariable("FARTHING_SHARED_DATA", FARTHING_SOURCE_DIR "/../shared/data"));
        if (!shared.exists("logs"))
            QSKIP("the shared data's logs are not there");
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.path()};
        const auto imported = ctl({"import", "claude-code", "--json", shared.filePath("logs")});
        QCOMPARE(imported.code, 0);
        QCOMPARE(imported.json()["written"].toInt(), 9);
        // "massive error", 42 and [1]
        QCOMPARE(imported.json()["skipped"].toInt(), 3);
        QVERIFY2(
            imported.error.contains("claude_code_edge_cases.jsonl: line 13: expected a JSON object, found"),
            imported.error.constData());
        QCOMPARE(sumOf("input_tokens", ctl), 25 + 45 + 78 + 25 + 45 + 35 + 200 + 85 + 168);
        QCOMPARE(sumOf("output_tokens", ctl), 120 + 85 + 95 + 35 + 110 + 145 + 25 + 180 + 85);
    }

    void aBadLineStopsTheImportWhereThatIsAsked()
    {
        const QTemporaryDir dir;
        const Farthingctl ctl{dir.filePath("data")};
        const QString file = dir.filePath("s1.jsonl");
        writeTo(file, lines({answer("a", "r", 1), "[1]", answer("b", "q", 3)}));
        const auto stopped = ctl({"import", "claude-code", "--on-error", "stop", file});
        QCOMPARE(stopped.code, 1);
        QCOMPARE(stopped.error,
                 "farthingctl: " + file.toUtf8() + ": line 2: expected a JSON object, found [1]\n");
        QVERIFY(!QFile::exists(dir.filePath("data/events.db")));
        const auto skipped = ctl({"import", "claude-code", file});
        QCOMPARE(skipped.code, 0);
        QCOMPARE(skipped.out, QByteArray("2 events written, 0 were there already, 1 bad rows skipped\n"));
    }

    void wrongUse_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("error");
        QTest::newRow("nothing where Claude Code keeps them")
            << QString() << 3 << QByteArray("there are no transcripts where Claude Code keeps them");
        QTest::newRow("no such file")
            << QStringLiteral("/none") << 1 << QByteArray("/none: there is no such file or folder");
    }
    void wrongUse()
    {
        QFETCH(QString, path);
        QFETCH(int, code);
        QFETCH(QByteArray, error);
        const QTemporaryDir dir;
        qputenv("CLAUDE_CONFIG_DIR", dir.path().toUtf8());
        const auto answer =
            Farthingctl{dir.filePath("data")}(path.isEmpty() ? QStringList{"import", "claude-code"}
                                                             : QStringList{"import", "claude-code", path});
        qunsetenv("CLAUDE_CONFIG_DIR");
        QCOMPARE(answer.code, code);
        QVERIFY2(answer.error.contains(error), answer.error.constData());
        QVERIFY(!QDir(dir.filePath("data")).exists());
    }

    void anInterruptEndsItAndWholeTransactionsStay()
    {
        const QTemporaryDir dir;
        const QString fifo = dir.filePath("s1.jsonl");
        QCOMPARE(::mkfifo(fifo.toUtf8().constData(), 0600), 0);
        ::signal(SIGPIPE, SIG_IGN);
        QProcess program;
        program.start(QStringLiteral(FARTHING_BIN_DIR "/farthingctl"),
                      {"--data-dir", dir.filePath("data"), "import", "claude-code", fifo});
        QVERIFY(program.waitForStarted());
        QFile pipe(fifo);
        QVERIFY(pipe.open(QIODevice::WriteOnly | QIODevice::Unbuffered));
        QElapsedTimer since;
        since.start();
        for (int i = 0; program.state() == QProcess::Running && since.elapsed() < 20'000; ++i) {
            pipe.write(lines({answer("m" + QByteArray::number(i), "r", 5)}));
            if (i == 20'000)
                ::kill(static_cast<pid_t>(program.processId()), SIGINT);
            if (i % 1000 == 0)
                program.waitForFinished(1);
        }
        pipe.close();
        QVERIFY(program.state() == QProcess::NotRunning || program.waitForFinished(10'000));
        QCOMPARE(program.exitCode(), 1);
        QVERIFY(program.readAllStandardError().contains("was interrupted; what was not yet written is not"));
        QCOMPARE(Farthingctl{dir.filePath("data")}({"doctor", "--verify"}).code, 0);
    }
};

QTEST_GUILESS_MAIN(CtlImportLogsTest)
#include "tst_ctl_import_logs.moc"
