// SPDX-License-Identifier: GPL-3.0-or-later
// What is no longer kept goes by whole days, and its sums stay.
#include "core/store/EventJournal.h"
#include "core/store/StoreWriter.h"
#include "core/store/retention/Compaction.h"
#include "core/store/rollup/RollupCheck.h"
#include "tests/core/store/AgedStore.h"

#include <QTest>
#include <set>

using namespace farthing;
using namespace std::chrono_literals;

class RetentionTest : public QObject, private AgedStore
{
    Q_OBJECT

private slots:
    void init() { renew(); }

    void rowsGoByWholeDaysAndListsEndThere()
    {
        QVERIFY(remove({4, 0}));
        const std::vector<CostEvent> kept = within(m_events, {{keptFrom, {}}, {}});
        QVERIFY(kept.size() > 800 && kept.size() < count / 2);
        QVERIFY(all() == kept);
        const auto queries = open();
        for (const EventOrder order : {EventOrder::NewestFirst, EventOrder::MostExpensiveFirst}) {
            std::set<std::string> seen;
            std::optional<std::string> from;
            do {
                const auto page = queries->events({}, order, 97, from);
                QVERIFY2(page.ok(), page.ok() ? "" : page.error().toString().c_str());
                for (const CostEvent &event : page->events)
                    seen.insert(event.eventId.toString());
                from = page->next;
            } while (from);
            QCOMPARE(seen.size(), kept.size());
        }
        const auto summary = queries->summary();
        QCOMPARE(summary->events, std::uint64_t(kept.size()));
        QCOMPARE(summary->unpriced, std::uint64_t(std::ranges::count(kept, false, &CostEvent::priced)));
        QVERIFY(summary->eventsSince == keptFrom);
        QVERIFY(!summary->sumsSince);
        QVERIFY(!queries->event(m_events[0].eventId)->has_value());
        QVERIFY(**queries->event(kept[0].eventId) == kept[0]);
        QVERIFY(queries->newerThan(0, 100'000).ok());
    }

    /// A page that was asked for before names a place that is gone.
    void aPageOfBeforeIsFollowedByWhatIsLeft()
    {
        const EventFilter workflow{{}, {{Dimension::Workflow, {"tag"}, false}}};
        for (const EventFilter &filter : {EventFilter(), workflow}) {
            renew();
            const auto before = open()->events(filter, EventOrder::MostExpensiveFirst, 100);
            QVERIFY(before.ok());
            QVERIFY(remove({4, 0}));
            const auto rest = open()->events(filter, EventOrder::MostExpensiveFirst, count, before->next);
            QVERIFY2(rest.ok(), rest.ok() ? "" : rest.error().toString().c_str());
            QVERIFY(!rest->events.empty());
            for (const CostEvent &event : rest->events)
                QVERIFY(event.time >= keptFrom && accepts(filter, event));
        }
    }

    /// Whatever moment somebody looks at, sums are the same: a process may die after any step.
    void everyStepLeavesAStoreThatAnswers()
    {
        const auto before = open()->groupBy(Dimension::User, {});
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        auto retention = Retention::open(*database, {2, 0});
        QVERIFY(retention.ok());
        int steps = 0;
        for (; *retention->isDue(*database, now); ++steps) {
            QVERIFY(step(*database, *retention));
            const auto queries = open();
            const auto after = queries->groupBy(Dimension::User, {});
            QVERIFY2(after.ok(), after.ok() ? "" : after.error().toString().c_str());
            QVERIFY(after->total.requests == before->total.requests &&
                    after->total.cost == before->total.cost);
            QVERIFY(queries->events({}, EventOrder::MostExpensiveFirst, 50).ok());
            QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
        }
        QVERIFY2(steps >= 3 * 9, "a day at a time: its horizon, its rows, its lists");
    }

    void sumsThatStandAloneAreNeitherDoubtedNorRebuilt()
    {
        QVERIFY(remove({4, 0}));
        const auto before = open()->groupBy(Dimension::Day, {});
        const auto verdict = verifyRollups(m_path);
        QVERIFY(verdict.ok());
        QCOMPARE(verdict->different, std::uint64_t(0));
        QVERIFY(verdict->alone > 6 * 24);
        QVERIFY(verdict->places > 24);
        QVERIFY(rebuildRollups(m_path).ok());
        QVERIFY(open()->groupBy(Dimension::Day, {})->total == before->total);
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
        QVERIFY(all() == within(m_events, {{keptFrom, {}}, {}}));
    }

    void sumsThatStandAloneAreFoundWhereTheyAreDamaged()
    {
        QVERIFY(remove({4, 0}));
        execute("UPDATE rollups SET sums = x'ff' WHERE id = (SELECT min(id) FROM rollups)");
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(1));
        QVERIFY(!open()->groupBy(Dimension::Workflow, {range("", "2026-10-31T00:00:00Z"), {}}).ok());
    }

    void aStoreIsWrittenAnewWithoutWhatIsUnused()
    {
        QVERIFY(remove({2, 0}));
        const std::vector<CostEvent> kept = all();
        const auto before = std::filesystem::file_size(m_path);
        const auto compacted = compactStore(m_path);
        QVERIFY2(compacted.ok(), compacted.ok() ? "" : compacted.error().toString().c_str());
        QCOMPARE(compacted->before, std::uint64_t(before));
        QCOMPARE(compacted->after, std::uint64_t(std::filesystem::file_size(m_path)));
        QVERIFY(compacted->after < before);
        QVERIFY(all() == kept);
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
        QCOMPARE(compactStore(m_path)->after, compacted->after);
    }

    void aStoreInUseIsNotWrittenAnew()
    {
        auto other = Database::open(m_path, Database::Access::ReadWrite);
        auto writing = Transaction::begin(*other);
        QVERIFY(writing.ok());
        const auto compacted = compactStore(m_path);
        QVERIFY(!compacted.ok());
        QVERIFY2(compacted.error().message.find("locked") != std::string::npos,
                 compacted.error().message.c_str());
    }

    /// What an idle proxy has left, too little to be summed up by itself.
    void fewEventsAreSummedUpBeforeTheyGo()
    {
        QVERIFY(QFile::remove(m_dir->filePath("events.db")));
        const std::vector<CostEvent> few(m_events.begin(), m_events.begin() + 5);
        QVERIFY(writeEvents(m_path, few).ok());
        QVERIFY(remove({4, 0}));
        QVERIFY(all().empty());
        const auto queries = open();
        QCOMPARE(difference(queries->groupBy(Dimension::Workflow, {})->total, few), std::string());
        QVERIFY(queries->costOverTime(Dimension::Workflow, {}, {}, 10).ok());
        QVERIFY(queries->groups({.by = {Dimension::Workflow}, .filter = {}, .withPrevious = true}).ok());
    }

    void anImportOfWhatIsNotKeptIsRefused()
    {
        QVERIFY(remove({4, 0}));
        const auto refused = writeEvents(m_path, {m_events.data(), 3});
        QVERIFY(!refused.ok());
        QVERIFY2(refused.error().message.find("no longer kept") != std::string::npos,
                 refused.error().message.c_str());
        QCOMPARE(writeEvents(m_path, {&m_events.back(), 1})->alreadyThere, std::uint64_t(1));
        QCOMPARE(open()->groupBy(Dimension::Workflow, {})->total.requests, std::int64_t(count));
    }

    /// As what waited in a journal for days: it is summed up and not kept.
    void aLateCallIsCountedOnce()
    {
        const Timestamp today = SystemClock().now();
        UuidV7Generator ids;
        std::vector<CostEvent> events(m_events.begin(), m_events.begin() + 300);
        for (std::size_t i = 0; i < events.size(); ++i) {
            events[i].time = today - 9 * 24h + i * 30min;
            events[i].eventId = ids.make(events[i].time);
        }
        QVERIFY(QFile::remove(m_dir->filePath("events.db")));
        QVERIFY(writeEvents(m_path, events).ok());
        CostEvent late = events[10];
        late.eventId = ids.make(late.time);
        CostEvent fresh = events[20];
        fresh.time = today;
        fresh.eventId = ids.make(today);
        std::vector<CostEvent> kept = within(events, {{keptSince(4, today), {}}, {}});
        auto journal = EventJournal::open(m_dir->filePath("journal").toStdString());
        QVERIFY(journal.ok());
        {
            const auto writer = StoreWriter::start(m_path, **journal, {.kept = {4, 0}});
            QTRY_VERIFY_WITH_TIMEOUT(open()->summary()->events == kept.size(), 10'000);
            QVERIFY((*journal)->append(late).ok());
            QVERIFY((*journal)->append(fresh).ok());
            QVERIFY(writer->flush(5s));
            QVERIFY(writer->health().ok);
        }
        kept.push_back(fresh);
        QCOMPARE(open()->groupBy(Dimension::Workflow, {})->total.requests, std::int64_t(302));
        QVERIFY(all() == kept);
        QVERIFY(remove({4, 0}, today));
        QCOMPARE(open()->groupBy(Dimension::Workflow, {})->total.requests, std::int64_t(302));
        QCOMPARE(open()->summary()->events, std::uint64_t(kept.size()));
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
    }

    /// A conversation that goes on over midnight keeps all its marks, also where an earlier version wrote
    /// them as those of a row that goes.
    void marksOfEarlierDaysAreWrittenOut()
    {
        QVERIFY(QFile::remove(m_dir->filePath("events.db")));
        std::vector<CostEvent> talk = eventsApart(30min, 200, 5);
        for (std::size_t i = 1; i < talk.size(); ++i) {
            std::vector<PrefixMark> marks = talk[i - 1].anatomy.prefix;
            marks.push_back({static_cast<std::int32_t>(4096 + i), i});
            talk[i].anatomy.prefix = std::move(marks);
        }
        QVERIFY(writeEvents(m_path, talk).ok());
        const auto &first = talk[10];
        const auto &second = talk[100];
        QVERIFY(second.time - first.time > 24h);
        // The list of row `second`: the first 5 marks are those of `first`, and no more.
        std::string bytes;
        {
            ByteWriter writer(bytes);
            writer.unsignedInt(5);
            writer.integer((rowOf(second) - rowOf(first)) / idsPerMicrosecond * 2);
            writer.unsignedInt(0);
        }
        QVERIFY(refersToAnotherDay(rowOf(second), bytes));
        setMarks(rowOf(second), bytes);
        execute("UPDATE state SET marks_until = (SELECT max(id) + 1 FROM events)");
        talk[100].anatomy.prefix.resize(5);
        for (std::size_t i = 101; i < talk.size(); ++i) // those that go on from it
            talk[i].anatomy.prefix.clear();
        QVERIFY(**open()->event(second.eventId) == talk[100]);
        QVERIFY(remove({100, 0}, talk[100].time - 1h + 100 * 24h));
        const auto kept = open()->event(second.eventId);
        QVERIFY2(kept.ok() && *kept, kept.ok() ? "" : kept.error().toString().c_str());
        QVERIFY(**kept == talk[100]);
        QVERIFY(!open()->event(first.eventId)->has_value());
    }

    void whatIsWrittenNowRefersToNoOtherDay()
    {
        QVERIFY(QFile::remove(m_dir->filePath("events.db")));
        std::vector<CostEvent> talk = eventsApart(30min, 300, 5);
        for (CostEvent &event : talk)
            event.anatomy.prefix = talk[0].anatomy.prefix;
        QVERIFY(writeEvents(m_path, talk).ok());
        auto database = Database::open(m_path, Database::Access::ReadOnly);
        auto rows = database->prepare("SELECT id, marks FROM events");
        int shared = 0;
        while (rows->step() == Statement::Step::Row) {
            QVERIFY(!refersToAnotherDay(rows->integer(0), rows->bytes(1)));
            shared += rows->bytes(1).size() < 16 ? 1 : 0;
        }
        QVERIFY2(shared > 280, "within a day they are still written once");
        QVERIFY(remove({4, 0}));
        QVERIFY(all() == within(talk, {{keptSince(4, now), {}}, {}}));
    }

    void daysAreWholeOnes_data()
    {
        QTest::addColumn<int>("days");
        QTest::addColumn<QString>("now");
        QTest::addColumn<QString>("since");
        QTest::newRow("for ever") << 0 << "2026-11-10T12:00:00Z"
                                  << "";
        QTest::newRow("one") << 1 << "2026-11-10T12:00:00Z"
                             << "2026-11-09T00:00:00Z";
        QTest::newRow("at midnight") << 1 << "2026-11-10T00:00:00Z"
                                     << "2026-11-09T00:00:00Z";
        QTest::newRow("before midnight") << 30 << "2026-11-10T23:59:59Z"
                                         << "2026-10-11T00:00:00Z";
    }
    void daysAreWholeOnes()
    {
        QFETCH(int, days);
        QFETCH(QString, now);
        QFETCH(QString, since);
        const auto kept = keptSince(days, *parseRfc3339(now.toStdString()));
        QCOMPARE(kept.has_value(), !since.isEmpty());
        QVERIFY(!kept || *kept == *parseRfc3339(since.toStdString()));
    }

private:
    static std::int64_t rowOf(const CostEvent &event) { return firstRowIdAt(event.time); }
    void execute(const char *sql) const
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        QVERIFY(database.ok() && database->execute(sql).ok());
    }
    void setMarks(std::int64_t row, const std::string &bytes) const
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        auto update = database->prepare("UPDATE events SET marks = ? WHERE id = ?");
        update->bindBlob(1, bytes);
        update->bind(2, row);
        QVERIFY(update->run());
    }
};

QTEST_GUILESS_MAIN(RetentionTest)
#include "tst_retention.moc"
