// SPDX-License-Identifier: GPL-3.0-or-later
// What is found of a damaged store when it is opened for writing, and what becomes of events meanwhile.
#include "core/store/StoreCheck.h"
#include "core/store/StoreWriter.h"
#include "core/store/rollup/RollupCheck.h"
#include "tests/core/store/AgedStore.h"

#include <QTest>
#include <filesystem>

using namespace farthing;
using namespace std::chrono_literals;

class StoreCheckTest : public QObject, private AgedStore
{
    Q_OBJECT

private slots:
    void init() { renew(); }

    void aSoundStoreIsFoundSound()
    {
        QCOMPARE(fault(), std::string());
        QVERIFY(remove({4, 8}));
        QCOMPARE(fault(), std::string());
        QVERIFY(remove({1, 1}, now + 100 * 24h)); // nothing is left
        QCOMPARE(fault(), std::string());
        QVERIFY(QFile::remove(m_dir->filePath("events.db"))); // and a new one
        QCOMPARE(fault(), std::string());
        QVERIFY(writeEvents(m_path, {m_events.data(), 1}).ok());
        QCOMPARE(fault(), std::string());
    }

    void damageIsSaid_data()
    {
        QTest::addColumn<QString>("sql");
        QTest::addColumn<QString>("fault");
        const auto row = [](const char *name, const char *sql, const char *fault) {
            QTest::newRow(name) << sql << fault;
        };
        const char *const cannot = "cannot be read";
        const char *const rebuild = "--rebuild";
        row("no state", "DELETE FROM state", "lost its counters");
        row("counters below 0", "UPDATE state SET events = -1", "counters cannot be");
        row("counters of no number", "UPDATE state SET journal_offset = -5", "counters cannot be");
        row("half a journal id", "UPDATE state SET journal = x'0102'", "place in the journal");
        row("sums kept shorter than events", "UPDATE state SET sums_from = 7", "what it has summed up");
        row("events gone that are not summed up",
            "UPDATE rollup_state SET until = 0; UPDATE state SET "
            "events_from = 99",
            "what it has summed up");
        row("nothing says what is summed up", "DELETE FROM rollup_state", "what it has summed up");
        row("no events", "DELETE FROM events", "lost its 3600 events");
        row("the first row", "UPDATE events SET row = x'ff' WHERE id = (SELECT min(id) FROM events)", cannot);
        row("the last row", "UPDATE events SET row = x'' WHERE id = (SELECT max(id) FROM events)", cannot);
        row("no kinds of calls", "DELETE FROM shapes", cannot);
        row("the last kind of call", "UPDATE shapes SET text = x'ff' WHERE id = (SELECT max(id) FROM shapes)",
            cannot);
        row("no sums", "DELETE FROM rollups", rebuild);
        row("no sums of a cube", "DELETE FROM rollups WHERE id >> 60 = 1", rebuild);
        row("the last sums", "UPDATE rollups SET sums = x'07' WHERE id = (SELECT max(id) FROM rollups)",
            rebuild);
        row("the last distribution",
            "UPDATE rollups SET cost = x'ffffff' WHERE id = (SELECT max(id) FROM rollups WHERE id >> 60 = 4)",
            rebuild);
        row("the last list", "UPDATE costliest SET list = x'00' WHERE id = (SELECT max(id) FROM costliest)",
            rebuild);
        row("the last events' list", "UPDATE recent SET events = x'0102'", "last events");
        row("a table", "DROP TABLE usage_forms", "no such table");
    }
    void damageIsSaid()
    {
        QFETCH(QString, sql);
        QFETCH(QString, fault);
        execute(sql.toLatin1().constData());
        const std::string found = this->fault();
        QVERIFY2(found.find(fault.toStdString()) != std::string::npos, found.c_str());
        QVERIFY2(found.starts_with(m_path.string()), found.c_str());
    }

    void aFileThatIsCutOffIsSaid_data()
    {
        QTest::addColumn<int>("pages"); // that are left; below 0: missing
        QTest::newRow("the last page") << -1;
        QTest::newRow("the last ones") << -20;
        QTest::newRow("the first is left") << 1;
        QTest::newRow("half") << 150;
    }
    void aFileThatIsCutOffIsSaid()
    {
        QFETCH(int, pages);
        const auto size = static_cast<std::int64_t>(std::filesystem::file_size(m_path));
        const std::int64_t left = pages > 0 ? pages * 4096 : size + pages * 4096;
        QVERIFY(left > 0 && left < size);
        std::filesystem::resize_file(m_path, static_cast<std::uintmax_t>(left));
        QVERIFY(!fault().empty());
    }

    /// As a process leaves it that was killed: the write-ahead log has some pages, but not those.
    void aFileThatIsCutOffBesideALogIsSaid()
    {
        auto writing = Database::open(m_path, Database::Access::ReadWrite);
        QVERIFY(writing->execute("UPDATE state SET sequence = sequence + 1").ok());
        QVERIFY(std::filesystem::file_size(m_path.string() + "-wal") > 0);
        std::filesystem::resize_file(m_path, std::filesystem::file_size(m_path) - 100 * 4096);
        const std::string found = fault();
        QVERIFY2(found.find("cut off") != std::string::npos, found.c_str());
    }

    void pagesOfNothingAreSaid()
    {
        QFile file(m_dir->filePath("events.db"));
        QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(4096));
        QVERIFY(file.write(QByteArray(64 * 4096, '\0')) > 0);
        file.close();
        QVERIFY(!fault().empty());
    }

    /// The writer says it, the file stays as it is, and what was journalled goes into what takes its place.
    void eventsWaitUntilAStoreIsThere()
    {
        execute("UPDATE events SET row = x'ff' WHERE id = (SELECT max(id) FROM events)");
        auto journal = EventJournal::open(m_dir->filePath("journal").toStdString());
        QVERIFY(journal.ok());
        const auto writer = StoreWriter::start(m_path, **journal);
        QVERIFY((*journal)->append(m_events[0]).ok());
        QTRY_VERIFY(!writer->health().ok);
        QVERIFY2(writer->health().error.find("is damaged") != std::string::npos,
                 writer->health().error.c_str());
        QVERIFY(!writer->flushUnlessStuck(1s));
        QCOMPARE((*journal)->stats().pendingEvents, std::uint64_t(1));
        std::filesystem::rename(m_path, m_path.string() + ".damaged");
        for (const char *suffix : {"-wal", "-shm"})
            std::filesystem::remove(m_path.string() + suffix);
        QTRY_VERIFY(writer->health().ok);
        QVERIFY(writer->flush(5s));
        QVERIFY(all() == std::vector{m_events[0]});
    }

    void sumsAreMendedAsIsSaid()
    {
        execute("DELETE FROM rollups; DELETE FROM costliest");
        QVERIFY(fault().find("--rebuild") != std::string::npos);
        QVERIFY(rebuildRollups(m_path).ok());
        QCOMPARE(fault(), std::string());
    }

private:
    /// What is said when it is opened; empty where it is sound.
    [[nodiscard]] std::string fault() const
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        const auto sound = database ? checkStore(*database) : Result<void>(database.error());
        return sound ? std::string() : sound.error().toString();
    }
    void execute(const char *sql) const
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        QVERIFY(database.ok() && database->execute(sql).ok());
    }
};

QTEST_GUILESS_MAIN(StoreCheckTest)
#include "tst_store_check.moc"
