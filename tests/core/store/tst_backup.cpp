// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Backup.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"
#include "core/store/rollup/RollupCheck.h"
#include "tests/core/store/Events.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <sys/stat.h>

using namespace farthing;

class BackupTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_events = some(20'000);
        QVERIFY(writeEvents(path("events.db"), m_events).ok());
        m_store = content("events.db");
    }
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        write("events.db", m_store);
    }

    void theCopyIsTheStoreAsItWasWhenItBegan()
    {
        int steps = 0;
        std::uint64_t last = 0;
        bool grows = true;
        const auto made = backUp(path("events.db"), path("copy.db"),
                                 {.progress = [&](std::uint64_t done, std::uint64_t all) {
                                     ++steps;
                                     grows = grows && done > last && done <= all;
                                     last = done;
                                     return writeEvents(path("events.db"), some(50)).ok();
                                 }});
        QVERIFY2(made.ok(), made.ok() ? "" : made.error().toString().c_str());
        QVERIFY2(steps > 3, "a store of several steps");
        QVERIFY(grows);
        QCOMPARE(made->events, std::uint64_t(m_events.size()));
        QCOMPARE(made->bytes, std::uint64_t(QFile(text("copy.db")).size()));
        QVERIFY(eventsOf("copy.db") == m_events);
        QCOMPARE(eventsOf("events.db").size(), m_events.size() + static_cast<std::size_t>(steps) * 50);
        const auto verdict = verifyRollups(path("copy.db"));
        QVERIFY(verdict.ok());
        QCOMPARE(verdict->different, std::uint64_t(0));
    }

    void itIsForItsOwnerAlone()
    {
        QVERIFY(backUp(path("events.db"), path("copy.db"), {}).ok());
        struct stat about = {};
        QCOMPARE(::stat(path("copy.db").c_str(), &about), 0);
        QCOMPARE(about.st_mode & 0777, mode_t(0600));
        QCOMPARE(namesBeside("copy.db"), QStringList{"copy.db"});
    }

    void whatIsThereIsReplacedOnlyWhereThatIsWanted()
    {
        write("copy.db", "something else");
        const auto refused = backUp(path("events.db"), path("copy.db"), {});
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().message.find("--force") != std::string::npos);
        QCOMPARE(content("copy.db"), QByteArray("something else"));
        QVERIFY(QFile::link(text("copy.db"), text("link.db")));
        QVERIFY(backUp(path("events.db"), path("link.db"), {.replace = true}).ok());
        QVERIFY2(QFileInfo(text("link.db")).isSymLink(), "a link stays one");
        QVERIFY(eventsOf("copy.db") == m_events);
    }

    void whereNoneCanBeNothingChanges_data()
    {
        QTest::addColumn<QString>("target");
        QTest::addColumn<QString>("reason");
        QTest::newRow("the store") << "events.db"
                                   << "is the store itself";
        QTest::newRow("a link to it") << "same.db"
                                      << "is the store itself";
        QTest::newRow("a folder") << "folder"
                                  << "is not a file";
        QTest::newRow("in no folder") << "nowhere/copy.db"
                                      << "cannot be written";
        QTest::newRow("a database in use") << "used.db"
                                           << "is in use";
    }
    void whereNoneCanBeNothingChanges()
    {
        QFETCH(QString, target);
        QFETCH(QString, reason);
        QVERIFY(QFile::link(text("events.db"), text("same.db")));
        QVERIFY(QDir(m_dir->path()).mkdir("folder"));
        write("used.db", "x");
        write("used.db-wal", "x");
        const QByteArray before = content("events.db");
        const auto made = backUp(path("events.db"), path(target), {.replace = true});
        QVERIFY(!made.ok());
        QVERIFY2(made.error().message.find(reason.toStdString()) != std::string::npos,
                 made.error().toString().c_str());
        QCOMPARE(content("events.db"), before);
        QCOMPARE(content("used.db"), QByteArray("x"));
    }

    void whatIsInterruptedLeavesNothing()
    {
        write("copy.db", "the last one");
        const auto made = backUp(path("events.db"), path("copy.db"),
                                 {.replace = true, .progress = [](auto, auto) { return false; }});
        QVERIFY(!made.ok());
        QVERIFY(made.error().message.find("interrupted") != std::string::npos);
        QCOMPARE(namesBeside("copy.db"), QStringList{"copy.db"});
        QCOMPARE(content("copy.db"), QByteArray("the last one"));
    }

    void aStoreThatIsNotThereIsSaidToBeNone()
    {
        const auto made = backUp(path("none.db"), path("copy.db"), {});
        QVERIFY(!made.ok());
        QVERIFY(made.error().message.find("not there yet") != std::string::npos);
        QCOMPARE(namesBeside("copy.db"), QStringList());
    }

private:
    std::vector<CostEvent> some(int count)
    {
        std::vector<CostEvent> events;
        for (int i = 0; i < count; ++i)
            events.push_back(m_maker.make());
        return events;
    }
    [[nodiscard]] QString text(const QString &name) const { return m_dir->filePath(name); }
    [[nodiscard]] std::filesystem::path path(const QString &name) const { return text(name).toStdString(); }
    /// Of files that begin like this one.
    [[nodiscard]] QStringList namesBeside(const QString &name) const
    {
        return QDir(m_dir->path()).entryList({name + "*"});
    }
    void write(const QString &name, const QByteArray &bytes) const
    {
        QFile file(text(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("%s cannot be written", qPrintable(name));
    }
    [[nodiscard]] QByteArray content(const QString &name) const
    {
        QFile file(text(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    [[nodiscard]] std::vector<CostEvent> eventsOf(const QString &name) const
    {
        std::vector<CostEvent> events;
        const auto queries = QueryService::open(path(name));
        if (!queries || !(*queries)->forEach({}, [&events](const CostEvent &e) {
                events.push_back(e);
                return true;
            }))
            qFatal("%s cannot be read", qPrintable(name));
        return events;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    EventMaker m_maker{7};
    std::vector<CostEvent> m_events;
    QByteArray m_store; ///< that holds them
};

QTEST_GUILESS_MAIN(BackupTest)
#include "tst_backup.moc"
