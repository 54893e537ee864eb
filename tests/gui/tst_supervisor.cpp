// SPDX-License-Identifier: GPL-3.0-or-later
// The window's half of the proxy's life: starting it, noticing its death, adopting one that is there.
#include "tests/gui/Desktop.h"

#include <QProcess>
#include <QSignalSpy>
#include <QTest>

#include <csignal>

using namespace farthing;
using State = ProxySupervisor::State;

class SupervisorTest : public QObject
{
    Q_OBJECT

private:
    static bool alive(qint64 pid) { return ::kill(static_cast<pid_t>(pid), 0) == 0; }

private slots:
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
