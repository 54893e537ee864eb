// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/core/store/EarlierFiles.h"

#include "core/store/EventImport.h"
#include "core/store/EventJournal.h"
#include "core/store/QueryService.h"
#include "core/store/Reprice.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <sqlite3.h>

using namespace farthing;

class MigrationTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        writeEarlierFile("schema-1.db", m_dir->filePath("events.db"));
    }

    void aStoreOfTheFirstSchemaReadsTheSame()
    {
        QVERIFY(writeEvents(m_path, {}).ok()); // opening it for writing is enough
        QVERIFY(all() == byId(earlierEvents()));
        const auto queries = QueryService::open(m_path);
        const auto summary = (*queries)->summary();
        QCOMPARE(summary->events, std::uint64_t(earlierEvents().size()));
        QCOMPARE(summary->sequence, std::int64_t(earlierEvents().size()));
        for (const CostEvent &event : earlierEvents())
            QVERIFY(**(*queries)->event(event.eventId) == event);
    }

    void whoeverOnlyReadsBringsItUpToDateToo()
    {
        QCOMPARE(QueryService::open(m_path)->get()->summary()->events, std::uint64_t(earlierEvents().size()));
        QVERIFY(all() == byId(earlierEvents()));
    }

    void whatIsImportedAgainIsThere()
    {
        const auto again = writeEvents(m_path, earlierEvents());
        QVERIFY(again.ok());
        QCOMPARE(again->written, std::uint64_t(0));
        QCOMPARE(again->alreadyThere, std::uint64_t(earlierEvents().size()));
    }

    void aLiveViewIsToldOfTheGap()
    {
        const auto queries = QueryService::open(m_path);
        QVERIFY((*queries)->newerThan(5, 10)->events.empty());
        const std::int64_t now = (*queries)->summary()->sequence;
        QVERIFY(!(*queries)->newerThan(now, 10)->gap);
    }

    /// The event keeps its row and its figures, and says what is wrong with it.
    void damagedDetailsKeepTheirEventAlone()
    {
        const std::vector<CostEvent> events = byId(earlierEvents());
        execute("UPDATE details SET body = x'ffff' WHERE id = (SELECT min(id) FROM events)");
        const auto queries = QueryService::open(m_path);
        QVERIFY(queries.ok());
        QCOMPARE((*queries)->groupBy(Dimension::Workflow, {})->total.requests, std::ssize(events));
        const auto damaged = (*queries)->event(events[0].eventId);
        QVERIFY(!damaged.ok());
        QVERIFY(damaged.error().toString().find("cannot be read") != std::string::npos);
        QVERIFY(**(*queries)->event(events[1].eventId) == events[1]);

        // The rest is there for whoever asks for all.
        std::vector<CostEvent> all;
        const auto visited = (*queries)->forEach({}, [&all](const CostEvent &e) {
            all.push_back(e);
            return true;
        });
        QVERIFY(visited.ok());
        QCOMPARE(visited->events, events.size());
        QCOMPARE(visited->damaged, std::uint64_t(1));
        all = byId(std::move(all));
        QCOMPARE(all[0].eventId, events[0].eventId);
        QVERIFY(all[0].cost == events[0].cost);
        QVERIFY(std::equal(all.begin() + 1, all.end(), events.begin() + 1, events.end()));
        const auto repriced = reprice(m_path, RepriceScope::All, [](CostEvent &) { return true; });
        QVERIFY(repriced.ok());
        QCOMPARE(repriced->damaged, std::uint64_t(1));
        QCOMPARE(repriced->changed, events.size() - 1);
    }

    void aJournalOfTheFirstFormatIsDrainedAndNotWrittenTo()
    {
        const QString folder = m_dir->filePath("journal");
        QVERIFY(QDir().mkpath(folder));
        writeEarlierFile("format-1.journal", folder + "/000000000001.journal");
        const std::vector<CostEvent> events = earlierEvents();
        const auto journal =
            EventJournal::open(folder.toStdString(), {.segmentBytes = 16384, .maxBytes = 65536});
        QVERIFY(journal.ok());
        QVERIFY((*journal)->append(events[20]).ok());
        const auto batch = (*journal)->read({}, 100);
        QVERIFY(batch.ok());
        QCOMPARE((*journal)->stats().unreadableRecords, std::uint64_t(0));
        // Ten calls, of which the last was under way when its process died, and the new one.
        QCOMPARE(batch->events.size(), std::size_t(11));
        for (std::size_t i = 0; i < 9; ++i)
            QVERIFY(batch->events[i] == events[i]);
        QCOMPARE(batch->events[9].eventId, events[9].eventId);
        QCOMPARE(batch->events[9].status, status::proxyDied);
        QVERIFY(batch->events[10] == events[20]);
        (*journal)->release(batch->next);
        QVERIFY(!QFile::exists(folder + "/000000000001.journal"));
    }

private:
    static std::vector<CostEvent> byId(std::vector<CostEvent> events)
    {
        std::ranges::sort(events, {}, &CostEvent::eventId);
        return events;
    }
    std::vector<CostEvent> all() const
    {
        std::vector<CostEvent> events;
        const auto queries = QueryService::open(m_path);
        if (!queries || !(*queries)->forEach({}, [&events](const CostEvent &e) {
                events.push_back(e);
                return true;
            }))
            qFatal("the store cannot be read");
        return byId(std::move(events));
    }
    void execute(const char *sql) const
    {
        sqlite3 *db = nullptr;
        QCOMPARE(sqlite3_open(m_path.c_str(), &db), SQLITE_OK);
        QCOMPARE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(db);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::string m_path;
};

QTEST_GUILESS_MAIN(MigrationTest)
#include "tst_migration.moc"
