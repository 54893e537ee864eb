// SPDX-License-Identifier: GPL-3.0-or-later
// What is no longer kept goes by whole days; sums of it stay what they were, and nobody is told a wrong one.
#include "core/store/EventImport.h"
#include "core/store/EventJournal.h"
#include "core/store/QueryService.h"
#include "core/store/StoreWriter.h"
#include "core/store/retention/Retention.h"
#include "core/store/rollup/RollupCheck.h"
#include "tests/core/store/Events.h"
#include "tests/core/store/PlainSums.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <set>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

/// Ten days of them, from 2026-10-30T21:47 to 2026-11-10.
constexpr std::size_t count = 3600;
const Timestamp now = *parseRfc3339("2026-11-10T12:00:00Z");
const Timestamp keptFrom = *parseRfc3339("2026-11-06T00:00:00Z"); ///< by four days

std::vector<CostEvent> within(const std::vector<CostEvent> &events, const EventFilter &filter)
{
    std::vector<CostEvent> some;
    std::ranges::copy_if(events, std::back_inserter(some),
                         [&](const CostEvent &e) { return accepts(filter, e); });
    return some;
}

std::string difference(const Aggregate &found, const std::vector<CostEvent> &events)
{
    Expected expected;
    for (const CostEvent &event : events)
        expected.add(event);
    return difference(found, expected);
}

} // namespace

class RetentionTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_events = eventsApart(4min, count, 11);
        m_path = m_template.filePath("events.db").toStdString();
        QVERIFY(writeEvents(m_path, m_events).ok());
    }
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        QVERIFY(QFile::copy(m_template.filePath("events.db"), m_dir->filePath("events.db")));
    }

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
            init();
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

    void sumsStayWhatTheyWere_data()
    {
        QTest::addColumn<int>("by");
        QTest::addColumn<QString>("since");
        QTest::addColumn<QString>("until");
        for (const Dimension by : {Dimension::Workflow, Dimension::Model, Dimension::Status, Dimension::User,
                                   Dimension::Day, Dimension::Hour})
            for (const auto &[since, until] : {std::pair("", ""),
                                               {"2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"},
                                               {"2026-11-01T06:00:00Z", "2026-11-09T17:13:00Z"},
                                               {"", "2026-11-03T18:00:00Z"},
                                               {"2026-11-06T00:00:00Z", ""},
                                               {"2020-01-01T00:30:00Z", "2026-11-09T17:13:00Z"}})
                QTest::addRow("%s from %s to %s", std::string(nameOf(by)).c_str(), since, until)
                    << static_cast<int>(by) << since << until;
    }
    void sumsStayWhatTheyWere()
    {
        QFETCH(int, by);
        QFETCH(QString, since);
        QFETCH(QString, until);
        const EventFilter filter{range(since.toLatin1().constData(), until.toLatin1().constData()), {}};
        const auto dimension = static_cast<Dimension>(by);
        QVERIFY(remove({4, 0}));
        const auto after = open()->groupBy(dimension, filter);
        QVERIFY2(after.ok(), after.ok() ? "" : after.error().toString().c_str());
        QVERIFY(!after->instead);
        QCOMPARE(difference(after->total, within(m_events, filter)), std::string());
        std::size_t rows = 0;
        for (const GroupRow &row : after->rows) {
            EventFilter one = filter;
            one.dimensions.push_back({dimension, {row.key}, false});
            const auto events = within(m_events, one);
            QCOMPARE(difference(row.total, events), std::string());
            rows += events.size();
        }
        QCOMPARE(rows, within(m_events, filter).size());
    }

    /// Of a time whose events are gone, an edge within a stretch moves to its beginning, and that is said.
    void edgesWithinAStretchMoveAndAreMarked_data()
    {
        QTest::addColumn<QString>("user");
        QTest::addColumn<QString>("since");
        QTest::addColumn<QString>("until");
        QTest::addColumn<QString>("toldSince");
        QTest::addColumn<QString>("toldUntil");
        const char *const day = "2026-11-09T00:10:00Z";
        QTest::newRow("the first") << ""
                                   << "2026-11-01T13:37:00Z" << day << "2026-11-01T13:00:00Z" << day;
        QTest::newRow("no last") << ""
                                 << "2026-11-01T13:37:00Z"
                                 << ""
                                 << "2026-11-01T13:00:00Z"
                                 << "";
        QTest::newRow("the last") << ""
                                  << ""
                                  << "2026-11-03T09:59:59Z"
                                  << ""
                                  << "2026-11-03T09:00:00Z";
        QTest::newRow("both") << ""
                              << "2026-11-01T13:37:00Z"
                              << "2026-11-03T09:59:59Z"
                              << "2026-11-01T13:00:00Z"
                              << "2026-11-03T09:00:00Z";
        QTest::newRow("a user's") << "u_3"
                                  << "2026-11-01T13:37:00Z" << day << "2026-11-01T12:00:00Z" << day;
        QTest::newRow("a user's at an hour")
            << "u_3"
            << "2026-11-01T17:00:00Z" << day << "2026-11-01T12:00:00Z" << day;
    }
    void edgesWithinAStretchMoveAndAreMarked()
    {
        QFETCH(QString, user);
        QFETCH(QString, since);
        QFETCH(QString, until);
        QFETCH(QString, toldSince);
        QFETCH(QString, toldUntil);
        EventFilter asked{range(since.toLatin1().constData(), until.toLatin1().constData()), {}};
        if (!user.isEmpty())
            asked.dimensions.push_back({Dimension::User, {user.toStdString()}, false});
        EventFilter told = asked;
        told.range = range(toldSince.toLatin1().constData(), toldUntil.toLatin1().constData());
        QVERIFY(remove({4, 0}));
        const auto queries = open();
        const auto groups = queries->groupBy(Dimension::Workflow, asked);
        QVERIFY2(groups.ok(), groups.ok() ? "" : groups.error().toString().c_str());
        QVERIFY(groups->instead == told.range);
        QCOMPARE(difference(groups->total, within(m_events, told)), std::string());
        const auto histogram = queries->histogram(EventMeasure::Cost, asked, 20);
        QVERIFY(histogram.ok() && histogram->instead == told.range);
        const auto curve = queries->spendCurve({}, asked);
        QVERIFY(curve.ok() && curve->instead == told.range);
        QVERIFY(curve->points.back().cost == groups->total.cost);
        const auto overTime = queries->costOverTime(Dimension::Workflow, {}, asked, 500);
        QVERIFY(overTime.ok() && overTime->instead == told.range);
        QVERIFY(overTime->length >= (user.isEmpty() ? Micros(1h) : Micros(6h)));
        Money sum;
        for (const Money cost : overTime->series.back())
            sum += cost;
        QVERIFY2(sum == groups->total.cost, "stretches leave nothing out and count nothing twice");
    }

    void rangesThatFollowEachOtherStillDo()
    {
        QVERIFY(remove({4, 0}));
        const auto queries = open();
        Money sum;
        for (Timestamp at = *parseRfc3339("2026-10-30T20:17:00Z"); at < now; at += 97min)
            sum += queries->groupBy(Dimension::Workflow, {{at, at + 97min}, {}})->total.cost;
        QVERIFY(sum == queries->groupBy(Dimension::Workflow, {})->total.cost);
    }

    void whatRowsAloneTellIsRefusedByName()
    {
        QVERIFY(remove({4, 0}));
        const auto queries = open();
        const EventFilter session{{}, {{Dimension::Session, {"s1"}, false}}};
        EventFilter hours{
            {}, {{Dimension::User, {"u_1"}, false}, {Dimension::Hour, {"2026-11-08T10:00Z"}, true}}};
        for (const EventFilter &filter : {session, hours}) {
            const auto groups = queries->groupBy(Dimension::Workflow, filter);
            QVERIFY(!groups.ok());
            QVERIFY2(groups.error().message.find("before 2026-11-06") != std::string::npos,
                     groups.error().message.c_str());
            QVERIFY(!queries->histogram(EventMeasure::Cost, filter, 10).ok());
            QVERIFY(!queries->costOverTime(Dimension::Workflow, {}, filter, 10).ok());
            QVERIFY(!queries->spendCurve({}, filter).ok());
            EventFilter since = filter;
            since.range.since = keptFrom;
            const auto told = queries->groupBy(Dimension::Workflow, since);
            QVERIFY2(told.ok(), told.ok() ? "" : told.error().toString().c_str());
            QCOMPARE(difference(told->total, within(m_events, since)), std::string());
            QVERIFY(queries->events(filter, EventOrder::MostExpensiveFirst, 50).ok());
        }
        QCOMPARE(queries->values(Dimension::Session, "s", 10)->size(), std::size_t(2));
    }

    void thePeriodBeforeIsToldWhereAllOfItIsKnown()
    {
        QVERIFY(remove({4, 8}));
        const auto queries = open();
        const auto previousOf = [&](const char *since, const char *until) {
            return queries
                ->groups(
                    {.by = {Dimension::Workflow}, .filter = {range(since, until), {}}, .withPrevious = true})
                ->previous;
        };
        const auto known = previousOf("2026-11-07T00:00:00Z", "2026-11-09T00:00:00Z");
        QVERIFY(known);
        QCOMPARE(
            difference(*known, within(m_events, {range("2026-11-05T00:00:00Z", "2026-11-07T00:00:00Z"), {}})),
            std::string());
        QVERIFY(!previousOf("2026-11-07T00:10:00Z", "2026-11-09T00:00:00Z"));
        QVERIFY(!previousOf("2026-11-05T00:00:00Z", "2026-11-09T00:00:00Z"));
    }

    void sumsGoLaterAndThatIsMarked()
    {
        QVERIFY(remove({4, 8}));
        const Timestamp sumsFrom = *parseRfc3339("2026-11-02T00:00:00Z");
        const auto queries = open();
        QVERIFY(queries->summary()->sumsSince == sumsFrom);
        for (const TimeRange asked : {TimeRange{}, range("2026-10-31T10:00:00Z", "")}) {
            const auto groups = queries->groupBy(Dimension::User, {asked, {}});
            QVERIFY2(groups.ok(), groups.ok() ? "" : groups.error().toString().c_str());
            QCOMPARE(difference(groups->total, within(m_events, {{sumsFrom, {}}, {}})), std::string());
            QCOMPARE(groups->instead.has_value(), asked.since.has_value());
            if (asked.since)
                QVERIFY(groups->instead->since == sumsFrom);
        }
        QCOMPARE(
            queries->groupBy(Dimension::Workflow, {range("", "2026-11-01T00:00:00Z"), {}})->total.requests,
            std::int64_t(0));
        const auto verdict = verifyRollups(m_path);
        QVERIFY(verdict.ok());
        QCOMPARE(verdict->different, std::uint64_t(0));
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

    void aYoungStoreIsAnsweredAsBefore()
    {
        const auto before = open()->groupBy(Dimension::Session, {});
        QVERIFY(remove({100, 0}));
        const auto after = open()->groupBy(Dimension::Session, {range("2026-10-01T10:30:00Z", ""), {}});
        QVERIFY2(after.ok(), after.ok() ? "" : after.error().toString().c_str());
        QVERIFY(after->total == before->total && !after->instead);
        QVERIFY(all() == m_events);
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
    [[nodiscard]] std::unique_ptr<QueryService> open() const
    {
        auto queries = QueryService::open(m_path);
        if (!queries)
            qFatal("%s", queries.error().toString().c_str());
        return *std::move(queries);
    }
    [[nodiscard]] std::vector<CostEvent> all() const
    {
        std::vector<CostEvent> events;
        const auto done = open()->forEach({}, [&events](const CostEvent &event) {
            events.push_back(event);
            return true;
        });
        if (!done || done->damaged > 0)
            qFatal("the events cannot be read");
        return events;
    }
    static bool step(Database &database, Retention &retention, Timestamp at = now)
    {
        auto transaction = Transaction::begin(database);
        return transaction && retention.step(database, at) && transaction->commit();
    }
    /// All that is due.
    [[nodiscard]] bool remove(KeptDays days, Timestamp at = now) const
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        auto retention = Retention::open(*database, days);
        if (!retention)
            return false;
        for (int steps = 0; steps < 10'000; ++steps) {
            const auto due = retention->isDue(*database, at);
            if (!due || !*due)
                return due.ok();
            if (!step(*database, *retention, at))
                return false;
        }
        return false;
    }
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

    QTemporaryDir m_template;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;
    std::vector<CostEvent> m_events;
};

QTEST_GUILESS_MAIN(RetentionTest)
#include "tst_retention.moc"
