// SPDX-License-Identifier: GPL-3.0-or-later
// The window's half of the proxy's life: starting it, noticing its death, adopting one that is there.
#include "tests/gui/Desktop.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>

using namespace farthing;
using State = ProxySupervisor::State;

class SupervisorTest : public QObject
{
    Q_OBJECT

private:
    static bool alive(qint64 pid)
    {
        const auto process = Process::open(pid);
        return process && (*process)->isAlive();
    }

    static void write(const QString &path, const QByteArray &bytes)
    {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("%s cannot be written", qPrintable(path));
    }

    /// A program in `dir` that stands in for farthingd; %1 is the folder, %2 farthingd.
    static QString script(const QTemporaryDir &dir, QString commands)
    {
        const QString path = dir.filePath("stand-in");
        commands.replace("%1", dir.path()).replace("%2", binary("farthingd"));
        write(path, "#!/bin/sh\n" + commands.toUtf8() + "\n");
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        return path;
    }

private slots:
    void cleanup() { QCOMPARE(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0); }

    void startsAProxyAndEndsItAgain()
    {
        const QTemporaryDir dir;
        qint64 pid = 0;
        {
            ProxySupervisor proxy(supervisorOptions(dir.path()));
            proxy.start();
            QCOMPARE(proxy.state(), State::Starting);
            QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
            QVERIFY(!proxy.adopted());
            QVERIFY2(proxy.reason().isEmpty(), qPrintable(proxy.reason()));
            QVERIFY(!proxy.address().endsWith(":0"));
            pid = proxy.health()->pid;
            QVERIFY(alive(pid));
            proxy.stop(10'000);
        }
        QVERIFY(!alive(pid));
    }

    void startsItAnewAfterKill9()
    {
        const QTemporaryDir dir;
        ProxySupervisor proxy(supervisorOptions(dir.path()));
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        const qint64 first = proxy.health()->pid;
        ::kill(static_cast<pid_t>(first), SIGKILL);
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Down, 10'000);
        QVERIFY(!proxy.health());
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        QVERIFY(proxy.health()->pid != first);
        proxy.stop(10'000);
    }

    void adoptsOneThatServesAndLeavesItRunning()
    {
        const QTemporaryDir dir;
        QProcess daemon;
        daemon.start(binary("farthingd"), {"--data-dir", dir.path(), "--listen", "127.0.0.1:0"});
        QVERIFY(daemon.waitForStarted());
        const QString serving = dir.filePath("serving.json");
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(serving), 10'000);
        {
            ProxySupervisor proxy(supervisorOptions(dir.path()));
            proxy.start();
            QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
            QVERIFY(proxy.adopted());
            QCOMPARE(proxy.health()->pid, daemon.processId());
            proxy.stop(2'000);
        }
        QVERIFY(alive(daemon.processId()));
        daemon.terminate();
        QVERIFY(daemon.waitForFinished(10'000));
    }

    void aFileOfADeadProxyIsNotBelieved()
    {
        const QTemporaryDir dir;
        QFile stale(dir.filePath("serving.json"));
        QVERIFY(stale.open(QIODevice::WriteOnly));
        stale.write("{\"pid\": 999999, \"listen\": \"127.0.0.1:1\", \"version\": \"0\"}");
        stale.close();
        ProxySupervisor proxy(supervisorOptions(dir.path()));
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 15'000);
        QVERIFY(proxy.health()->pid != 999999);
        proxy.stop(10'000);
    }

    void aRelativeFolderIsTheSameForBoth()
    {
        const QTemporaryDir dir;
        const QString before = QDir::currentPath();
        QVERIFY(QDir::setCurrent(dir.path()));
        ProxySupervisor proxy(supervisorOptions(QStringLiteral("data")));
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        QVERIFY(QDir::setCurrent(before));
        QVERIFY(QFile::exists(dir.filePath("data/serving.json")));
        for (const QString &name : QDir(dir.filePath("data")).entryList(QDir::Files))
            QVERIFY2((QFile::permissions(dir.filePath("data/" + name)) &
                      (QFile::ReadGroup | QFile::ReadOther)) == 0,
                     qPrintable(name));
        proxy.stop(10'000);
    }

    void anEarlyStartIsTheOnlyOne()
    {
        const QTemporaryDir dir;
        ProxySupervisor::Options options = supervisorOptions(dir.path());
        options.firstPauseMs = options.longestPauseMs = 700;
        options.program = script(dir, "echo started >> '%1/starts'; exec '%2' \"$@\"");
        ProxySupervisor proxy(options);
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        ::kill(static_cast<pid_t>(proxy.health()->pid), SIGKILL);
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Down, 10'000);
        QVERIFY(proxy.secondsToRestart() >= 0);
        proxy.restartNow();
        QCOMPARE(proxy.secondsToRestart(), -1);
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        QTest::qWait(1'000);
        QVERIFY(!proxy.adopted());
        QFile starts(dir.filePath("starts"));
        QVERIFY(starts.open(QIODevice::ReadOnly));
        QCOMPARE(starts.readAll().count('\n'), 2);
        const qint64 pid = proxy.health()->pid;
        proxy.stop(10'000);
        QVERIFY(!alive(pid));
    }

    void oneThatNobodyHasWaitedForIsDead()
    {
        // What it leaves is this process's to wait for, as in a container whose first process is no init.
        QCOMPARE(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        const QTemporaryDir dir;
        ProxySupervisor proxy(supervisorOptions(dir.path()));
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        const auto first = static_cast<pid_t>(proxy.health()->pid);
        ::kill(first, SIGKILL);
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Down, 10'000);
        QCOMPARE(::kill(first, 0), 0);
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        const auto second = static_cast<pid_t>(proxy.health()->pid);
        QElapsedTimer stopping;
        stopping.start();
        proxy.stop(10'000);
        QVERIFY(stopping.elapsed() < 9'000);
        for (const pid_t pid : {first, second})
            QCOMPARE(::waitpid(pid, nullptr, 0), pid);
    }

    void adoptsOneThatTookTheDeadOnesPlace()
    {
        const QTemporaryDir dir;
        ProxySupervisor::Options options = supervisorOptions(dir.path());
        options.pollMs = 2'000; // so that it sees nobody missing
        options.firstPauseMs = options.longestPauseMs = 60'000;
        ProxySupervisor proxy(options);
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Serving, 10'000);
        const qint64 own = proxy.health()->pid;
        QVERIFY(!proxy.adopted());
        ::kill(static_cast<pid_t>(own), SIGKILL);
        QTRY_VERIFY(!alive(own));
        QProcess daemon;
        daemon.start(binary("farthingd"), {"--data-dir", dir.path(), "--listen", "127.0.0.1:0"});
        QVERIFY(daemon.waitForStarted());
        QTRY_VERIFY_WITH_TIMEOUT(proxy.health() && proxy.health()->pid == daemon.processId(), 10'000);
        QVERIFY(proxy.adopted());
        proxy.stop(2'000);
        QVERIFY(!daemon.waitForFinished(500));
        daemon.terminate();
        QVERIFY(daemon.waitForFinished(10'000));
    }

    void saysWhereItWouldServe_data()
    {
        QTest::addColumn<QString>("option");
        QTest::addColumn<QByteArray>("environment");
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QString>("address");
        QTest::addColumn<QString>("baseUrl");
        const QByteArray file = "{\"listen\": \"127.0.0.1:5151\"}";
        QTest::newRow("nothing told") << "" << QByteArray() << QByteArray() << "127.0.0.1:4141"
                                      << "http://127.0.0.1:4141";
        QTest::newRow("farthing.json") << "" << QByteArray() << file << "127.0.0.1:5151"
                                       << "http://127.0.0.1:5151";
        QTest::newRow("the environment wins")
            << "" << QByteArray("127.0.0.1:6161") << file << "127.0.0.1:6161"
            << "http://127.0.0.1:6161";
        QTest::newRow("the option wins")
            << "127.0.0.1:7171" << QByteArray("127.0.0.1:6161") << file << "127.0.0.1:7171"
            << "http://127.0.0.1:7171";
        QTest::newRow("every address")
            << "" << QByteArray() << QByteArray("{\"listen\": \"0.0.0.0:80\"}") << "0.0.0.0:80"
            << "http://127.0.0.1:80";
        QTest::newRow("a file that cannot be read")
            << "" << QByteArray() << QByteArray("{\"listen\"") << "127.0.0.1:4141"
            << "http://127.0.0.1:4141";
    }
    void saysWhereItWouldServe()
    {
        QFETCH(QString, option);
        QFETCH(QByteArray, environment);
        QFETCH(QByteArray, file);
        const QTemporaryDir dir;
        if (!file.isEmpty())
            write(dir.filePath("farthing.json"), file);
        qputenv("FARTHING_LISTEN", environment);
        ProxySupervisor::Options options = supervisorOptions(dir.path());
        options.listen = option;
        const ProxySupervisor proxy(options);
        qunsetenv("FARTHING_LISTEN");
        QTEST(proxy.address(), "address");
        QTEST(proxy.baseUrl(), "baseUrl");
    }

    void saysWhatWasWrittenLast_data()
    {
        QTest::addColumn<QString>("commands");
        QTest::addColumn<QString>("reason");
        QTest::newRow("the log after standard error")
            << "echo a warning >&2; sleep 0.05; echo '2026-11-23T21:52:25.000+0000 error the disk is full' "
               ">> $2"
            << "the disk is full";
        QTest::newRow("standard error after the log") << "echo '2026-11-23T21:52:25.000+0000 error a client "
                                                         "went' >> $2; sleep 0.05; echo out of memory >&2"
                                                      << "out of memory";
        QTest::newRow("a log that goes on after standard error")
            << "echo a warning >&2; sleep 0.05; echo '2026-11-23T21:52:25.000+0000 info it serves' >> $2"
            << "farthingd ended";
        QTest::newRow("nothing") << ""
                                 << "farthingd ended";
        QTest::newRow("a log begun anew") << "echo '2026-11-23T21:52:25.000+0000 error no room' > $2"
                                          << "no room";
    }
    void saysWhatWasWrittenLast()
    {
        QFETCH(QString, commands);
        const QTemporaryDir dir;
        write(dir.filePath("farthingd.log"),
              "2026-11-23T20:00:00.000+0000 error of a launch that is long over\n");
        ProxySupervisor::Options options = supervisorOptions(dir.path());
        options.program = script(dir, commands);
        ProxySupervisor proxy(options);
        proxy.start();
        QTRY_COMPARE_WITH_TIMEOUT(proxy.state(), State::Down, 10'000);
        QTEST(proxy.reason(), "reason");
    }

    void saysWhyItCannotServe()
    {
        const QTemporaryDir dir;
        ProxySupervisor::Options options = supervisorOptions(dir.path());
        options.program = dir.filePath("nothing-here");
        ProxySupervisor missing(options);
        missing.start();
        QTRY_COMPARE(missing.state(), State::Down);
        QVERIFY2(missing.reason().contains("farthingd"), qPrintable(missing.reason()));

        options = supervisorOptions(dir.path());
        options.listen = "192.0.2.1:80";
        ProxySupervisor refused(options);
        refused.start();
        QTRY_COMPARE_WITH_TIMEOUT(refused.state(), State::Down, 10'000);
        QVERIFY2(refused.reason().contains("192.0.2.1"), qPrintable(refused.reason()));
        QVERIFY(refused.secondsToRestart() >= 0);
    }
};

QTEST_MAIN(SupervisorTest)
#include "tst_supervisor.moc"
