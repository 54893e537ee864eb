// SPDX-License-Identifier: GPL-3.0-or-later
// backup, as a user runs it: beside a proxy that writes, broken off, and on a disk that is full.
#include "tests/integration/ctl/Farthingctl.h"
#include "tests/integration/proxy/FarthingdProcess.h"
#include "tests/integration/proxy/SmallDisk.h"
#include "tests/integration/proxy/StubUpstream.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>
#include <atomic>
#include <csignal>
#include <thread>

using namespace farthing;

class CtlBackupTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        QProcess seed;
        seed.start(QStringLiteral(FARTHING_BIN_DIR "/farthing-sim"),
                   {"seed", "--data-dir", m_seeded.path(), "--events", "150000", "--days", "10"});
        QVERIFY(seed.waitForFinished(100'000));
        QCOMPARE(seed.exitCode(), 0);
    }

    void itIsTakenBesideAProxyThatWritesAndServesAgainElsewhere()
    {
        FarthingdProcess proxy;
        const Farthingctl ctl{proxy.folder()};
        QVERIFY(QFile::copy(m_seeded.filePath("events.db"), proxy.folder() + "/events.db"));
        QVERIFY2(proxy.start(), proxy.log().constData());
        std::atomic<bool> stop = false;
        std::atomic<int> slowestMs = 0;
        int posted = 0;
        std::thread writer([&] {
            const std::string body =
                R"({"workflow":"w","model":"gpt-4o","input_tokens":1,"output_tokens":1})";
            for (; !stop; ++posted) {
                const auto began = std::chrono::steady_clock::now();
                const auto reply =
                    exchange(proxy.port(), "POST /farthing/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                           "Content-Type: application/json\r\nContent-Length: " +
                                               std::to_string(body.size()) + "\r\n\r\n" + body);
                if (reply.status() / 100 != 2)
                    qFatal("%s", reply.head.c_str());
                const auto took = std::chrono::steady_clock::now() - began;
                slowestMs = std::max<int>(
                    slowestMs,
                    static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
            }
        });
        QTest::qWait(200);
        const QTemporaryDir other;
        const QString copy = other.filePath("events.db");
        QList<qint64> counts;
        for (int i = 0; i < 3; ++i) {
            const auto made = ctl({"backup", copy, "--force", "--json"});
            if (made.code != 0)
                qCritical("%s", made.error.constData());
            counts.append(made.json().value("events").toInteger(-1));
        }
        stop = true;
        writer.join();
        qInfo("%d events posted meanwhile, the slowest in %d ms", posted, slowestMs.load());
        QVERIFY(counts[0] >= 150'000);
        QVERIFY2(counts[2] > counts[0], "the later copy has what was written in between");
        QVERIFY(proxy.stop());

        const Farthingctl restored{other.path()};
        const auto report = restored({"doctor", "--offline", "--verify", "--json"});
        QVERIFY2(report.code == 0, report.out.constData());
        const auto sums = restored({"report", "cost", "--by", "workflow", "--json"});
        QCOMPARE(sums.code, 0);
        QCOMPARE(sums.json().value("total").toObject().value("requests").toInteger(), counts[2]);
    }

    void whatIsBrokenOffLeavesNothing()
    {
        const QTemporaryDir folder;
        for (int attempt = 0; attempt < 20; ++attempt) {
            QProcess process;
            process.start(QStringLiteral(FARTHING_BIN_DIR "/farthingctl"),
                          {"--data-dir", m_seeded.path(), "backup", "--force", folder.filePath("copy.db")});
            QVERIFY(process.waitForStarted());
            const auto pid = static_cast<pid_t>(process.processId());
            while (QDir(folder.path()).entryList({"copy.db.*"}).isEmpty() &&
                   process.state() != QProcess::NotRunning)
                process.waitForFinished(1);
            if (process.state() != QProcess::NotRunning)
                ::kill(pid, SIGINT);
            QVERIFY(process.waitForFinished());
            if (process.exitCode() == 0) { // it was done before
                QVERIFY(QFile::remove(folder.filePath("copy.db")));
                continue;
            }
            QVERIFY(process.readAllStandardError().contains("interrupted"));
            QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList());
            return;
        }
        QSKIP("the copy was always done before it could be broken off");
    }

    void aDiskWithoutRoomIsSaidBeforehand()
    {
        const QTemporaryDir folder;
        const SmallDisk disk(folder.path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        const auto made = Farthingctl{m_seeded.path()}({"backup", folder.filePath("copy.db")});
        QCOMPARE(made.code, 1);
        QVERIFY2(made.error.contains("the disk has"), made.error.constData());
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList());
    }

    void aDiskThatTakesNoMoreLeavesNothing()
    {
        const QTemporaryDir folder;
        QProcess process;
        process.start("bash",
                      {"-c", "trap '' XFSZ; ulimit -f 4000; exec \"$0\" --data-dir \"$1\" backup \"$2\"",
                       QStringLiteral(FARTHING_BIN_DIR "/farthingctl"), m_seeded.path(),
                       folder.filePath("copy.db")});
        QVERIFY(process.waitForFinished(60'000));
        QCOMPARE(process.exitCode(), 1);
        const QByteArray said = process.readAllStandardError();
        QVERIFY2(said.contains("copy.db: cannot be written"), said.constData());
        QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList());
    }

private:
    QTemporaryDir m_seeded;
};

QTEST_GUILESS_MAIN(CtlBackupTest)
#include "tst_ctl_backup.moc"
