// SPDX-License-Identifier: GPL-3.0-or-later
// Stores of every earlier schema come forward whole, or stay what they were.
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"
#include "core/store/migrations/Migrations.h"
#include "core/store/rollup/RollupCheck.h"
#include "core/store/rollup/RollupKeeper.h"
#include "tests/core/store/EarlierFiles.h"
#include "tests/core/store/PlainSums.h"
#include "tests/integration/proxy/SmallDisk.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <sqlite3.h>
#include <sys/wait.h>

using namespace farthing;

namespace {

Schema schemaOf(int version)
{
    return {eventSchema().applicationId, migrations().first(static_cast<std::size_t>(version)),
            eventSchema().setup};
}

Result<void> refuse(Database &database)
{
    auto changed = database.execute("CREATE TABLE half (id INTEGER); DELETE FROM events");
    return changed ? Error{"this step fails"} : changed;
}

/// All steps, and one more, which fails when the others are done.
const Schema &failingSchema()
{
    static const std::vector<Migration> steps = [] {
        std::vector<Migration> all(migrations().begin(), migrations().end());
        all.push_back(refuse);
        return all;
    }();
    static const Schema schema = {eventSchema().applicationId, steps, eventSchema().setup};
    return schema;
}

} // namespace

class MigrationStepsTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        m_events = earlierEvents();
        std::ranges::sort(m_events, {}, &CostEvent::eventId);
    }

    void everySchemaComesForwardWhole_data() { versions(); }
    void everySchemaComesForwardWhole()
    {
        QFETCH(int, version);
        make(version);
        QVERIFY(writeEvents(m_path, {}).ok()); // opening it for writing is enough
        isWhole();
    }

    void aStepThatFailsLeavesWhatWasThere_data() { versions(); }
    void aStepThatFailsLeavesWhatWasThere()
    {
        QFETCH(int, version);
        make(version);
        const std::string before = content();
        const auto opened = Database::open(m_path, Database::Access::ReadWrite, failingSchema());
        QVERIFY(!opened.ok());
        QCOMPARE(opened.error().message, std::string("this step fails"));
        QCOMPARE(number("PRAGMA user_version"), std::int64_t(version));
        QVERIFY(content() == before);
        isWhole();
    }

    void aFullDiskLeavesWhatWasThere_data() { versions(); }
    void aFullDiskLeavesWhatWasThere()
    {
        QFETCH(int, version);
        const SmallDisk disk(m_dir->path().toStdString());
        if (!disk.mounted())
            QSKIP("a small file system can only be mounted as root");
        make(version);
        if (version == 1)
            repeat(4); // so that a log of pages has no room
        const std::string before = content();
        disk.fill();
        QVERIFY(!Database::open(m_path, Database::Access::ReadWrite).ok());
        QVERIFY(QFile::remove(disk.filler()));
        QCOMPARE(number("PRAGMA user_version"), std::int64_t(version));
        QVERIFY(content() == before);
        QVERIFY(Database::open(m_path, Database::Access::ReadWrite).ok());
        QCOMPARE(number("PRAGMA user_version"), std::int64_t(std::ssize(migrations())));
    }

    void aProcessThatIsKilledLeavesTheOldOrTheNew()
    {
        make(1);
        repeat(30);
        const std::string before = content();
        int old = 0;
        for (const int delayMs : {0, 1, 2, 4, 8, 16, 32, 64, 128}) {
            const pid_t child = ::fork();
            if (child == 0) {
                const auto opened = Database::open(m_path, Database::Access::ReadWrite);
                ::_exit(opened ? 0 : 1);
            }
            QVERIFY(child > 0);
            QTest::qSleep(delayMs);
            ::kill(child, SIGKILL);
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            if (number("PRAGMA user_version") != 1)
                break;
            ++old;
            QVERIFY(content() == before);
        }
        QVERIFY2(old > 0, "it was always done before it could be killed");
        QVERIFY(Database::open(m_path, Database::Access::ReadWrite).ok());
        QCOMPARE(QueryService::open(m_path)->get()->groupBy(Dimension::Workflow, {})->total.requests,
                 std::int64_t(m_events.size()) * 31);
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
    }

    void aNewerSchemaIsRefused()
    {
        make(3);
        {
            const auto now = Database::open(m_path, Database::Access::ReadWrite);
            QVERIFY(now.ok());
        }
        const auto opened = Database::open(m_path, Database::Access::ReadWrite, schemaOf(3));
        QVERIFY(!opened.ok());
        QVERIFY(opened.error().message.find("newer Farthing") != std::string::npos);
    }

private:
    static void versions()
    {
        QTest::addColumn<int>("version");
        for (int version = 1; version < std::ssize(migrations()); ++version)
            QTest::addRow("schema %d", version) << version;
    }

    /// A store as that version left it; the third had summed up what it held.
    void make(int version)
    {
        writeEarlierFile("schema-1.db", m_dir->filePath("events.db"));
        const Schema schema = schemaOf(version);
        auto database = Database::open(m_path, Database::Access::ReadWrite, schema);
        QVERIFY2(database.ok(), database.ok() ? "" : database.error().toString().c_str());
        if (version < 3)
            return;
        auto keeper = RollupKeeper::open(*database);
        auto transaction = Transaction::begin(*database);
        QVERIFY(keeper->foldBelow(*database, firstRowIdAt(m_events.back().time)).ok());
        QVERIFY(transaction->commit().ok());
    }

    /// The first schema's events so many times more, each time a day later.
    void repeat(int times) const
    {
        for (int i = 0; i < times; ++i)
            for (const std::string table : {"events", "details"})
                execute("CREATE TEMP TABLE t AS SELECT * FROM main." + table + " ORDER BY id LIMIT " +
                        std::to_string(m_events.size()) + "; UPDATE t SET id = id + 86400000000 * 1024 * " +
                        std::to_string(i + 1) + "; INSERT INTO main." + table +
                        " SELECT * FROM t; DROP TABLE t");
        execute("UPDATE state SET events = (SELECT count(*) FROM events)");
    }

    void isWhole() const
    {
        const auto queries = QueryService::open(m_path);
        QVERIFY2(queries.ok(), queries.ok() ? "" : queries.error().toString().c_str());
        std::vector<CostEvent> all;
        QVERIFY((*queries)->forEach({}, [&all](const CostEvent &event) {
            all.push_back(event);
            return true;
        }));
        std::ranges::sort(all, {}, &CostEvent::eventId);
        QVERIFY(all == m_events);
        QCOMPARE((*queries)->summary()->events, std::uint64_t(m_events.size()));
        for (const Dimension by : {Dimension::Workflow, Dimension::User, Dimension::Day}) {
            const auto groups = (*queries)->groupBy(by, {});
            Expected expected;
            for (const CostEvent &event : m_events)
                expected.add(event);
            QCOMPARE(difference(groups->total, expected), std::string());
        }
        const auto dearest = (*queries)->events({}, EventOrder::MostExpensiveFirst, 5);
        QVERIFY(dearest.ok());
        const auto most = std::ranges::max_element(
            m_events, {}, [](const CostEvent &e) { return e.cost.value_or(Money::fromNanoUsd(-1)); });
        QVERIFY(dearest->events.front().cost == most->cost);
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
        QCOMPARE(number("PRAGMA user_version"), std::int64_t(std::ssize(migrations())));
    }

    /// Every table's rows, without what opens the file in another way than Farthing's.
    [[nodiscard]] std::string content() const
    {
        sqlite3 *db = nullptr;
        std::string text;
        const auto add = [](void *to, int columns, char **values, char **) {
            for (int i = 0; i < columns; ++i)
                static_cast<std::string *>(to)->append(values[i] == nullptr ? "-" : values[i]).append("|");
            return 0;
        };
        bool read = sqlite3_open(m_path.c_str(), &db) == SQLITE_OK;
        for (const char *sql : {"SELECT name, sql FROM sqlite_master ORDER BY name", "SELECT * FROM state",
                                "SELECT count(*), total(id), min(id) FROM events", "PRAGMA quick_check"})
            read = read && sqlite3_exec(db, sql, add, &text, nullptr) == SQLITE_OK;
        sqlite3_close(db);
        if (!read)
            qFatal("the store cannot be read");
        return text;
    }
    [[nodiscard]] std::int64_t number(const char *sql) const
    {
        sqlite3 *db = nullptr;
        std::int64_t value = -1;
        const auto take = [](void *to, int, char **values, char **) {
            *static_cast<std::int64_t *>(to) = std::strtoll(values[0], nullptr, 10);
            return 0;
        };
        if (sqlite3_open(m_path.c_str(), &db) != SQLITE_OK ||
            sqlite3_exec(db, sql, take, &value, nullptr) != SQLITE_OK)
            qFatal("the store cannot be read");
        sqlite3_close(db);
        return value;
    }
    void execute(const std::string &sql) const
    {
        sqlite3 *db = nullptr;
        QCOMPARE(sqlite3_open(m_path.c_str(), &db), SQLITE_OK);
        const int done = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
        if (done != SQLITE_OK)
            qFatal("%s", sqlite3_errmsg(db));
        sqlite3_close(db);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::string m_path;
    std::vector<CostEvent> m_events; ///< that the store holds, by id
};

QTEST_GUILESS_MAIN(MigrationStepsTest)
#include "tst_migration_steps.moc"
