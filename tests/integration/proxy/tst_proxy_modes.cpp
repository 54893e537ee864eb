// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever the umask was: what is kept is this user's alone, and what was left open is closed.
#include "core/config/DataDir.h"
#include "integration/proxy/StubUpstream.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace farthing;

namespace {

unsigned modeOf(const QString &path)
{
    struct stat status = {};
    return ::stat(path.toLocal8Bit().constData(), &status) == 0 ? status.st_mode & 07777U : 0;
}

} // namespace

class TestProxyModes : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        ::umask(0);
        m_upstream = std::make_unique<StubUpstream>([](const HttpMessage &) {
            return StubUpstream::plain(200, "application/json",
                                       "{\"id\":\"r\",\"background\":true,\"status\":\"queued\"}");
        });
        qputenv("FARTHING_UPSTREAM_OPENAI", QByteArray::fromStdString(m_upstream->url()));
        m_folder = std::make_unique<QTemporaryDir>();
    }
    void cleanup()
    {
        end();
        ::umask(022);
    }

    void everythingMadeIsPrivate()
    {
        QVERIFY(serveOneCall());
        QVERIFY2(openPaths().isEmpty(), qPrintable(openPaths().join(' ')));
        QTRY_VERIFY(QFile::exists(data() + "/events.db-wal"));
        m_process->kill();
        m_process->waitForFinished();
        QVERIFY(serveOneCall());
        QVERIFY2(openPaths().isEmpty(), qPrintable(openPaths().join(' ')));
        end();
        QVERIFY2(openPaths().isEmpty(), qPrintable(openPaths().join(' ')));
        for (const char *made : {"events.db", "anatomy.key", "farthingd.lock", "farthingd.log",
                                 "token-ratios.json", "background-responses.json"})
            QVERIFY2(QFile::exists(data() + '/' + made), made);
        QCOMPARE(modeOf(data()), 0700U);
        QCOMPARE(modeOf(data() + "/journal"), 0700U);
        QCOMPARE(modeOf(data() + "/events.db"), 0600U);
    }

    void whatWasOpenIsClosedAndSaid()
    {
        QVERIFY(serveOneCall());
        end();
        QDirIterator all(data(), QDir::AllEntries | QDir::NoDotAndDotDot, QDirIterator::Subdirectories);
        while (all.hasNext()) {
            const QFileInfo entry(all.next());
            QCOMPARE(::chmod(entry.filePath().toLocal8Bit().constData(), entry.isDir() ? 0755 : 0644), 0);
        }
        QFile config(data() + "/farthing.json");
        QVERIFY(config.open(QIODevice::WriteOnly) && config.write("{}") == 2);
        config.close();
        QCOMPARE(::chmod(data().toLocal8Bit().constData(), 0755), 0);

        QVERIFY(serveOneCall());
        // A person's file, under version control perhaps, and a folder of a name of the user's own.
        QCOMPARE(openPaths(), QStringList(data() + "/farthing.json"));
        QCOMPARE(modeOf(data()), 0755U);
        QFile log(data() + "/farthingd.log");
        QVERIFY(log.open(QIODevice::ReadOnly));
        QVERIFY(log.readAll().contains("other users had access to"));
    }

    void whatFarthingctlKeepsIsPrivateAndWhatItExportsIsNot()
    {
        QVERIFY(serveOneCall());
        end();
        const QString csv = m_folder->filePath("events.csv");
        ::umask(027);
        QCOMPARE(QProcess::execute(ctl(), {"--data-dir", data(), "export", "events", "-o", csv}), 0);
        QCOMPARE(modeOf(csv), 0640U);
        QCOMPARE(::chmod(csv.toLocal8Bit().constData(), 0604), 0);
        QCOMPARE(QProcess::execute(ctl(), {"--data-dir", data(), "export", "events", "-o", csv}), 0);
        QCOMPARE(modeOf(csv), 0604U);
        ::umask(0);
        const QString other = m_folder->filePath("other");
        QCOMPARE(QProcess::execute(ctl(), {"--data-dir", other, "import", "events", csv}), 0);
        QCOMPARE(QProcess::execute(ctl(), {"--data-dir", other, "token", "create"}), 0);
        QCOMPARE(modeOf(other), 0700U);
        QCOMPARE(modeOf(other + "/events.db"), 0600U);
        QCOMPARE(modeOf(other + "/access.token"), 0600U);
    }

private:
    [[nodiscard]] QString data() const { return m_folder->filePath("data"); }
    static QString ctl() { return QStringLiteral(FARTHING_BIN_DIR "/farthingctl"); }

    /// What below the data directory other users have any access to.
    [[nodiscard]] QStringList openPaths() const
    {
        QStringList open;
        QDirIterator all(data(), QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot,
                         QDirIterator::Subdirectories);
        while (all.hasNext())
            if ((modeOf(all.next()) & 077U) != 0)
                open.append(all.filePath());
        return open;
    }

    bool serveOneCall()
    {
        QFile::remove(data() + "/serving.json");
        m_process = std::make_unique<QProcess>();
        m_process->start(
            QStringLiteral(FARTHING_BIN_DIR "/farthingd"),
            {"--data-dir", data(), "--listen", "127.0.0.1:0", "--log-file", data() + "/farthingd.log"});
        QElapsedTimer timer;
        for (timer.start(); timer.elapsed() < 10'000; m_process->waitForFinished(10)) {
            QFile file(data() + "/serving.json");
            if (!file.open(QIODevice::ReadOnly))
                continue;
            const int port = QJsonDocument::fromJson(file.readAll())
                                 .object()
                                 .value("listen")
                                 .toString()
                                 .section(':', -1)
                                 .toInt();
            return exchange(port, "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
                                  "18\r\n\r\n{\"model\":\"gpt-4o\"}")
                       .status() == 200;
        }
        return false;
    }
    void end()
    {
        if (!m_process)
            return;
        m_process->terminate();
        m_process->waitForFinished(30'000);
        m_process.reset();
    }

    std::unique_ptr<StubUpstream> m_upstream;
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<QProcess> m_process;
};

QTEST_GUILESS_MAIN(TestProxyModes)
#include "tst_proxy_modes.moc"
