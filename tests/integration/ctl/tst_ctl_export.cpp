// SPDX-License-Identifier: GPL-3.0-or-later
// An export is there whole or not at all, and says how far it is where somebody looks.
#include "tests/integration/ctl/Farthingctl.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>

namespace {

constexpr int count = 60'000;

QByteArray rows()
{
    QByteArray csv = "time,workflow,model,input_tokens,output_tokens\n";
    for (int i = 0; i < count; ++i)
        csv += "2026-11-20T" + QByteArray::number(i / 3600).rightJustified(2, '0') + ':' +
               QByteArray::number(i / 60 % 60).rightJustified(2, '0') + ':' +
               QByteArray::number(i % 60).rightJustified(2, '0') + "Z,w,gpt-4o,100,10\n";
    return csv;
}

} // namespace

class CtlExportTest : public QObject
{
    Q_OBJECT

private:
    QTemporaryDir m_data;
    Farthingctl m_ctl{m_data.path()};

private slots:
    void initTestCase() { QCOMPARE(m_ctl({"import", "events", "-"}, rows()).code, 0); }

    void aFileHoldsWhatStandardOutputWould_data()
    {
        QTest::addColumn<QString>("format");
        QTest::newRow("csv") << "csv";
        QTest::newRow("json") << "json";
    }
    void aFileHoldsWhatStandardOutputWould()
    {
        QFETCH(QString, format);
        const QTemporaryDir dir;
        const auto piped = m_ctl({"export", "events", "--format", format});
        QCOMPARE(piped.out.count('\n'), count + (format == "csv" ? 1 : 0));
        const auto written = m_ctl({"export", "events", "--format", format, "-o", dir.filePath("out")});
        QVERIFY(written.out.isEmpty() && written.error.isEmpty());
        QFile file(dir.filePath("out"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QVERIFY(file.readAll() == piped.out);
    }

    void anInterruptLeavesNothing_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("Ctrl-C") << SIGINT;
        QTest::newRow("kill") << SIGTERM;
    }
    void anInterruptLeavesNothing()
    {
        QFETCH(int, number);
        bool inTime = false;
        // On a busy machine it may be done before this process runs again: then once more.
        for (int attempt = 0; attempt < 20 && !inTime; ++attempt) {
            const QTemporaryDir dir;
            QProcess program;
            program.start(
                QStringLiteral(FARTHING_BIN_DIR "/farthingctl"),
                {"--data-dir", m_data.path(), "export", "events", "--json", "-o", dir.filePath("out")});
            QVERIFY(program.waitForStarted());
            QElapsedTimer since;
            since.start();
            while (QDir(dir.path()).isEmpty(QDir::Files | QDir::Hidden) && since.elapsed() < 20'000)
                QThread::yieldCurrentThread();
            ::kill(static_cast<pid_t>(program.processId()), number);
            QVERIFY(program.waitForFinished(20'000));
            QCOMPARE(program.exitStatus(), QProcess::NormalExit);
            inTime = program.exitCode() == 1;
            if (inTime) {
                QCOMPARE(program.readAllStandardOutput(),
                         QByteArray(R"({"error":{"message":"cancelled","where":""}})") + '\n');
                QVERIFY(QDir(dir.path()).isEmpty(QDir::Files | QDir::Hidden));
            } else {
                QVERIFY(QFile::exists(dir.filePath("out")));
            }
        }
        QVERIFY(inTime);
    }

    void aPipeThatClosesEndsIt()
    {
        QProcess shell;
        shell.start("/bin/sh",
                    {"-c", QStringLiteral(FARTHING_BIN_DIR "/farthingctl --data-dir '%1' export events | "
                                                           "head -n 1")
                               .arg(m_data.path())});
        QVERIFY(shell.waitForFinished(20'000));
        QVERIFY(shell.readAllStandardOutput().startsWith("event_id,"));
        QVERIFY2(shell.readAllStandardError().contains("standard output: Broken pipe"), "nothing was said");
    }

    void aTerminalIsToldHowFarItIs()
    {
        const QTemporaryDir dir;
        QProcess script; // gives the program a terminal
        script.start("script",
                     {"-qec",
                      QStringLiteral(FARTHING_BIN_DIR "/farthingctl --data-dir '%1' export events -o '%2'")
                          .arg(m_data.path(), dir.filePath("out")),
                      "/dev/null"});
        if (!script.waitForStarted())
            QSKIP("there is no script(1)");
        QVERIFY(script.waitForFinished(20'000));
        const QByteArray said = script.readAllStandardOutput();
        QVERIFY2(said.contains(" %  ") && said.contains(" events"), said.constData());
        QVERIFY(said.endsWith("\r\x1b[K"));
    }
};

QTEST_GUILESS_MAIN(CtlExportTest)
#include "tst_ctl_export.moc"
