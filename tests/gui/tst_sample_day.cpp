// SPDX-License-Identifier: GPL-3.0-or-later
// A sample day that goes well, fails and is cut short: what it says, and that nothing of it stays.
#include "tests/gui/Desktop.h"

#include "ui/views/SampleDayCard.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QProcess>
#include <QTest>

#include <csignal>

using namespace farthing;
using Phase = SampleDay::Phase;

namespace {

const QByteArray config = "{ \"limits\":{ \"drain_timeout_ms\" :0 } }\n";

QByteArray contentOf(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

bool alive(qint64 pid)
{
    const auto process = Process::open(pid);
    return process && (*process)->isAlive();
}

} // namespace

class SampleDayTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        write("farthing.json", config);
        m_proxy = std::make_unique<ProxySupervisor>(supervisorOptions(m_dir->path()));
    }
    void cleanup()
    {
        m_day.reset();
        m_proxy->stop(10'000);
        QCOMPARE(contentOf(m_dir->filePath("farthing.json")), config);
        QVERIFY(!QFile::exists(m_dir->filePath("sample-day.json")));
        for (const char *name : {"serve", "replay"})
            QTRY_VERIFY(!alive(pidOf(name)));
    }

    void saysWhatWasSentAndWhen()
    {
        begin("exec '%2' \"$@\"", "exec '%2' \"$@\" --calls 40");
        QVERIFY(!m_day->began() && !m_day->ended());
        const Timestamp before = SystemClock().now();
        m_day->start();
        QTRY_COMPARE_WITH_TIMEOUT(m_day->phase(), Phase::Sending, 20'000);
        QVERIFY(m_day->began() && *m_day->began() >= before && !m_day->ended());
        QTRY_COMPARE_WITH_TIMEOUT(m_day->phase(), Phase::Done, 60'000);
        QCOMPARE(m_day->done(), 40);
        QCOMPARE(m_day->failed(), 0);
        QVERIFY(m_day->ended() && *m_day->ended() > *m_day->began());
        QVERIFY2(cardText().startsWith("40 calls were sent through the proxy."), qPrintable(cardText()));
        QTRY_COMPARE_WITH_TIMEOUT(eventsBetween(*m_day->began(), *m_day->ended()), 40, 10'000);
    }

    void namesTheCallsThatFailed()
    {
        begin("exec '%2' \"$@\" --fault-rate 0.3", "exec '%2' \"$@\" --calls 60");
        m_day->start();
        QTRY_COMPARE_WITH_TIMEOUT(m_day->phase(), Phase::Done, 60'000);
        QVERIFY(m_day->failed() > 0 && m_day->failed() < 60);
        const QString named = QStringLiteral("%1 of them failed, the first: http://").arg(m_day->failed());
        QVERIFY2(cardText().contains(named), qPrintable(cardText()));
    }

    void saysWhyNothingCouldBegin_data()
    {
        QTest::addColumn<QString>("serve");
        QTest::addColumn<QString>("replay");
        QTest::addColumn<QString>("reason");
        const QString good = "exec '%2' \"$@\"";
        QTest::newRow("the simulator says why it ends")
            << "echo no port is free >&2; exit 2" << good << "no port is free";
        QTest::newRow("the simulator ends") << "exit 3" << good << "ended with 3";
        QTest::newRow("the simulator crashes") << "kill -SEGV $$" << good << "crashed";
        QTest::newRow("the replay says why it ends") << good << "echo no such option >&2; exit 106"
                                                     << "no such option";
        QTest::newRow("the replay crashes") << good << "kill -SEGV $$"
                                            << "crashed";
        QTest::newRow("the replay cannot be started") << "chmod -x \"$0\"; " + good << good << "farthing-sim";
    }
    void saysWhyNothingCouldBegin()
    {
        QFETCH(QString, serve);
        QFETCH(QString, replay);
        QFETCH(QString, reason);
        begin(serve, replay);
        m_day->start();
        QTRY_COMPARE_WITH_TIMEOUT(m_day->phase(), Phase::Failed, 10'000);
        QVERIFY2(m_day->reason().contains(reason), qPrintable(m_day->reason()));
        QVERIFY2(cardText().contains(reason), qPrintable(cardText()));
    }

    void theSimulatorsEndInTheMiddleEndsTheDay()
    {
        begin("exec '%2' \"$@\"", "exec '%2' \"$@\" --calls 20000");
        m_day->start();
        QTRY_VERIFY_WITH_TIMEOUT(m_day->phase() == Phase::Sending && m_day->done() > 0, 20'000);
        ::kill(static_cast<pid_t>(pidOf("serve")), SIGKILL);
        QTRY_COMPARE_WITH_TIMEOUT(m_day->phase(), Phase::Failed, 5'000);
        QVERIFY2(m_day->reason().contains("farthing-sim"), qPrintable(m_day->reason()));
        QVERIFY(m_day->ended());
    }

    void cancellingDoesNotWaitForAProcessThatWillNotEnd()
    {
        const QString stubborn = "trap '' TERM; echo '{\"done\":1,\"total\":2}'; while :; do sleep 0.1; done";
        begin("exec '%2' \"$@\"", stubborn);
        for (int time = 0; time < 2; ++time) {
            m_day->start();
            QTRY_VERIFY_WITH_TIMEOUT(m_day->phase() == Phase::Sending && m_day->done() == 1, 20'000);
            const qint64 pid = pidOf("replay");
            QElapsedTimer cancelling;
            cancelling.start();
            m_day->cancel();
            QVERIFY2(cancelling.elapsed() < 500, qPrintable(QString::number(cancelling.elapsed())));
            QCOMPARE(m_day->phase(), Phase::Cancelled);
            QCOMPARE(contentOf(m_dir->filePath("farthing.json")), config);
            if (time == 0)
                continue; // begun again while the first still ends
            QTRY_VERIFY_WITH_TIMEOUT(!alive(pid), 5'000);
        }
    }

    void itsEndIsBounded()
    {
        begin("trap '' TERM; while :; do sleep 0.1; done", "");
        m_day->start();
        QTRY_VERIFY_WITH_TIMEOUT(pidOf("serve") > 0, 10'000);
        QElapsedTimer ending;
        ending.start();
        m_day.reset();
        QVERIFY(ending.elapsed() < 3'000);
    }

    void aWindowThatWasKilledLeavesNothingForTheNext()
    {
        QProcess window;
        openWindow(window, {"--sample-day"});
        QTRY_VERIFY_WITH_TIMEOUT(contentOf(m_dir->filePath("farthing.json")).contains("sim-openai"), 30'000);
        window.kill();
        QVERIFY(window.waitForFinished(10'000));
        QVERIFY(contentOf(m_dir->filePath("farthing.json")).contains("sim-openai"));
        openWindow(window, {});
        QTRY_COMPARE_WITH_TIMEOUT(contentOf(m_dir->filePath("farthing.json")), config, 30'000);
        window.terminate();
        QVERIFY(window.waitForFinished(10'000));
        // The second one adopted it.
        const auto serving = readServingFile(m_dir->filePath("serving.json"));
        QVERIFY(serving && alive(serving->pid));
        QCOMPARE(::kill(static_cast<pid_t>(serving->pid), SIGTERM), 0);
        QTRY_VERIFY_WITH_TIMEOUT(!alive(serving->pid), 10'000);
    }

    void theEndOfTheTerminalClosesTheWindow()
    {
        QProcess window;
        openWindow(window, {"--sample-day"});
        QTRY_VERIFY_WITH_TIMEOUT(contentOf(m_dir->filePath("farthing.json")).contains("sim-openai"), 30'000);
        const auto serving = readServingFile(m_dir->filePath("serving.json"));
        QVERIFY(serving);
        ::kill(static_cast<pid_t>(window.processId()), SIGHUP);
        QVERIFY(window.waitForFinished(10'000));
        QCOMPARE(window.exitStatus(), QProcess::NormalExit);
        QTRY_VERIFY_WITH_TIMEOUT(!alive(serving->pid), 10'000);
    }

private:
    void write(const QString &name, const QByteArray &bytes)
    {
        QFile file(m_dir->filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("%s cannot be written", qPrintable(name));
    }

    /// With a program in farthing-sim's place that runs one of two commands; %2 is farthing-sim.
    void begin(const QString &serve, const QString &replay)
    {
        QString script = "#!/bin/sh\necho $$ > '%1/'$1.pid\nif [ $1 = serve ]; then\n" + serve + "\nelse\n" +
                         (replay.isEmpty() ? ":" : replay) + "\nfi\n";
        script.replace("%1", m_dir->path()).replace("%2", binary("farthing-sim"));
        write("stand-in", script.toUtf8());
        const QString program = m_dir->filePath("stand-in");
        QFile::setPermissions(program, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        m_proxy->start();
        QTRY_COMPARE_WITH_TIMEOUT(m_proxy->state(), ProxySupervisor::State::Serving, 10'000);
        m_day = std::make_unique<SampleDay>(*m_proxy, program);
    }

    [[nodiscard]] qint64 pidOf(const QString &name) const
    {
        return contentOf(m_dir->filePath(name + ".pid")).trimmed().toLongLong();
    }

    [[nodiscard]] QString cardText() const
    {
        QStringList texts;
        SampleDayCard card(*m_day);
        for (const QLabel *label : card.findChildren<QLabel *>())
            texts.append(label->text());
        return texts.last();
    }

    [[nodiscard]] int eventsBetween(Timestamp since, Timestamp until) const
    {
        QProcess ctl;
        ctl.start(binary("farthingctl"), {"--data-dir", m_dir->path(), "export", "events", "--since",
                                          QString::fromStdString(formatRfc3339(since)), "--until",
                                          QString::fromStdString(formatRfc3339(until))});
        ctl.waitForFinished(20'000);
        return static_cast<int>(ctl.readAllStandardOutput().count('\n')) - 1;
    }

    void openWindow(QProcess &window, const QStringList &more)
    {
        window.start(binary("farthing"),
                     QStringList{"--data-dir", m_dir->path(), "--listen", "127.0.0.1:0"} + more);
        QVERIFY(window.waitForStarted());
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<ProxySupervisor> m_proxy;
    std::unique_ptr<SampleDay> m_day;
};

QTEST_MAIN(SampleDayTest)
#include "tst_sample_day.moc"
