// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/base/Files.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"
#include "core/store/Reprice.h"
#include "core/store/StoreWriter.h"
#include "tests/Sanitized.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

std::string modelOf(const CostEvent &e)
{
    for (const std::string *model : {&e.responseModel, &e.sentModel})
        if (!model->empty())
            return *model;
    return e.requestModel;
}

} // namespace

class StoreTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
        m_events.clear();
        EventMaker maker(7);
        for (int i = 0; i < 3000; ++i)
            m_events.push_back(maker.make());
    }

    void theJournalIsDrainedExactlyOnce()
    {
        const auto journal = EventJournal::open(m_dir->filePath("journal").toStdString());
        QVERIFY(journal.ok());
        for (int start = 0; start < 3; ++start) {
            const auto writer = StoreWriter::start(m_path, **journal);
            for (int i = start * 1000; i < (start + 1) * 1000; ++i)
                QVERIFY((*journal)->append(m_events[static_cast<std::size_t>(i)]).ok());
            QVERIFY(writer->flush(10s));
            QVERIFY(writer->health().ok);
        }
        QVERIFY(all() == m_events);
        struct stat info = {};
        QCOMPARE(::stat(m_path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
    }

    void whatTheProxyMeteredWinsOverWhatWasPosted_data()
    {
        QTest::addColumn<int>("besides"); // other events of that instant
        QTest::addColumn<bool>("atOnce"); // both in one reading of the journal
        QTest::newRow("alone") << 0 << false;
        QTest::newRow("alone, at once") << 0 << true;
        QTest::newRow("in a crowd") << 2000 << false;
        QTest::newRow("in a crowd, at once") << 2000 << true;
    }
    void whatTheProxyMeteredWinsOverWhatWasPosted()
    {
        QFETCH(int, besides);
        QFETCH(bool, atOnce);
        const auto journal = EventJournal::open(m_dir->filePath("journal").toStdString());
        UuidV7Generator ids;
        std::vector<CostEvent> others(static_cast<std::size_t>(besides), m_events[0]);
        for (CostEvent &event : others)
            event.eventId = event.callId = ids.make(event.time);
        QVERIFY(writeEvents(m_path, others).ok());
        auto writer = atOnce ? nullptr : StoreWriter::start(m_path, **journal);
        const CostEvent &metered = m_events[0];
        CostEvent posted = metered;
        posted.workflow = "posted";
        posted.usage = {.input = 1, .output = 1};
        posted.cost.reset();
        posted.listCost.reset();
        posted.savings = {};
        posted.priced = false;
        const auto ticket = (*journal)->begin(metered);
        QVERIFY(ticket.ok());
        QVERIFY((*journal)->appendAll(std::span(&posted, 1)).ok());
        QVERIFY(atOnce || writer->flush(10s));
        QVERIFY((*journal)->end(*ticket, metered).ok());
        QVERIFY((*journal)->append(posted).ok()); // and not the other way round
        if (atOnce)
            writer = StoreWriter::start(m_path, **journal);
        QVERIFY(writer->flush(10s));
        QCOMPARE(all().size(), others.size() + 1);
        QVERIFY(*(*open())->event(metered.eventId) == metered);
        const auto summary = (*open())->summary();
        QCOMPARE(summary->events, std::uint64_t(others.size() + 1));
        QCOMPARE(summary->unpriced, std::uint64_t(metered.priced ? 0 : others.size() + 1));
    }

    void aStoreThatCannotBeWrittenIsReportedAndCaughtUp()
    {
        QVERIFY(
            writeFileAtomically(m_path, "this is no database, but text that is long enough to be read as one")
                .ok());
        const auto journal = EventJournal::open(m_dir->filePath("journal").toStdString());
        const auto writer = StoreWriter::start(m_path, **journal);
        QVERIFY((*journal)->append(m_events[0]).ok());
        QTRY_VERIFY(!writer->health().ok);
        QVERIFY(writer->health().since.has_value());
        QVERIFY(writer->health().error.find("events.db") != std::string::npos);
        std::filesystem::remove(m_path);
        QTRY_VERIFY_WITH_TIMEOUT(writer->health().ok, 10'000);
        QVERIFY(writer->flush(10s));
        QCOMPARE(all().size(), std::size_t(1));
    }

    void anImportSkipsWhatIsThere()
    {
        const std::span events(m_events);
        QCOMPARE(writeEvents(m_path, events.first(2000))->written, std::uint64_t(2000));
        const auto again = writeEvents(m_path, events);
        QCOMPARE(again->written, std::uint64_t(1000));
        QCOMPARE(again->alreadyThere, std::uint64_t(2000));
        QVERIFY(all() == m_events);
    }

    void eventsOfOneMicrosecondAreKeptApart()
    {
        UuidV7Generator ids;
        std::vector<CostEvent> same(50, m_events[0]);
        for (CostEvent &event : same)
            event.eventId = event.callId = ids.make(event.time);
        QCOMPARE(writeEvents(m_path, same)->written, std::uint64_t(50));
        for (const CostEvent &event : same)
            QVERIFY((*(*open())->event(event.eventId))->eventId == event.eventId);
    }

    void anInstantHoldsAnyNumberOfEvents_data()
    {
        QTest::addColumn<int>("count");
        QTest::addColumn<int>("beside"); // events of the microseconds behind it, which are there before
        QTest::newRow("one more than a microsecond has rows") << 1025 << 0;
        QTest::newRow("a log of whole seconds") << rounds(20'000) << 0;
        QTest::newRow("beside others") << 5000 << 300;
    }
    void anInstantHoldsAnyNumberOfEvents()
    {
        QFETCH(int, count);
        QFETCH(int, beside);
        UuidV7Generator ids;
        std::vector<CostEvent> others(static_cast<std::size_t>(beside), m_events[0]);
        for (std::size_t i = 0; i < others.size(); ++i) {
            others[i].time += Micros(1 + i % 3);
            others[i].eventId = others[i].callId = ids.make(others[i].time);
        }
        QVERIFY(writeEvents(m_path, others).ok());
        std::vector<CostEvent> same(static_cast<std::size_t>(count), m_events[0]);
        for (CostEvent &event : same)
            event.eventId = event.callId = ids.make(event.time);
        const std::span half(same.data(), same.size() / 2);
        QCOMPARE(writeEvents(m_path, half)->written, half.size());
        QCOMPARE(writeEvents(m_path, same)->written, same.size() - half.size());
        QCOMPARE(writeEvents(m_path, same)->alreadyThere, same.size());
        same.insert(same.end(), others.begin(), others.end());
        std::vector<CostEvent> stored = all();
        std::ranges::sort(same, {}, &CostEvent::eventId);
        std::ranges::sort(stored, {}, &CostEvent::eventId);
        QVERIFY(stored == same);
        for (const std::size_t i : {std::size_t(0), same.size() / 2, same.size() - 1})
            QVERIFY((*(*open())->event(same[i].eventId)) == same[i]);
    }

    void anImportThatIsNotCommittedLeavesNothing()
    {
        {
            const auto import = EventImport::open(m_path);
            QVERIFY((*import)->add(m_events).ok());
        }
        QCOMPARE((*open())->summary()->events, std::uint64_t(0));
        const auto import = EventImport::open(m_path);
        QVERIFY((*import)->add(std::span(m_events).first(1000)).ok());
        CostEvent bad = m_events[1000];
        bad.eventId.bytes[2] ^= 1;
        QVERIFY(!(*import)->add(std::span(&bad, 1)).ok());
        QCOMPARE((*import)->commit()->written, std::uint64_t(0));
        QCOMPARE((*open())->summary()->events, std::uint64_t(0));
        QVERIFY((*import)->add(m_events).ok());
        QCOMPARE((*import)->commit()->written, m_events.size());
        QVERIFY(all() == m_events);
    }

    void aStoreThatIsNotThereYetIsNamed()
    {
        const auto missing = QueryService::open(m_path + ".none");
        QVERIFY(!missing.ok());
        QVERIFY(missing.error().message.find("not there yet") != std::string::npos);
        QVERIFY(missing.error().place.ends_with(".none"));
    }

    void aFileWithoutTablesIsNotThereYet()
    {
        QVERIFY(writeFileAtomically(m_path, "").ok());
        const auto empty = QueryService::open(m_path);
        QVERIFY(!empty.ok());
        QVERIFY2(empty.error().message.find("not there yet") != std::string::npos,
                 empty.error().toString().c_str());
        QVERIFY(writeEvents(m_path, std::span(m_events).first(5)).ok());
        QVERIFY(open().ok());
    }

    void aStoreInAFolderThatCannotBeWrittenIsRead()
    {
        const std::filesystem::path folder = m_dir->filePath("odd ?#% name").toStdString();
        std::filesystem::create_directory(folder);
        const auto path = folder / "events.db";
        QVERIFY(writeEvents(path, m_events).ok());
        std::filesystem::permissions(folder, std::filesystem::perms(0500));
        if (::access(folder.c_str(), W_OK) == 0) {
            if (::mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr) != 0)
                QSKIP("this user may write everywhere");
            QCOMPARE(::mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
        }
        const auto summary = [&path]() -> Result<StoreSummary> {
            const auto service = QueryService::open(path);
            return service ? (*service)->summary() : service.error();
        }();
        ::umount2(folder.c_str(), MNT_DETACH);
        std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
        QVERIFY2(summary.ok(), summary ? "" : summary.error().toString().c_str());
        QCOMPARE(summary->events, std::uint64_t(m_events.size()));
    }

    void anIdThatDoesNotFitTheTimeIsRefused()
    {
        m_events[5].eventId.bytes[2] ^= 1;
        const auto refused = writeEvents(m_path, m_events);
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().message.find(m_events[5].eventId.toString()) != std::string::npos);
        QCOMPARE((*open())->summary()->events, std::uint64_t(0));
    }

    void aRangeBeyondAllTimeHoldsEverything()
    {
        QVERIFY(writeEvents(m_path, m_events).ok());
        for (const char *until : {"2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}) {
            EventFilter filter;
            filter.range = {*parseRfc3339("0001-01-01"), *parseRfc3339(until)};
            QCOMPARE((*open())->groupBy(Dimension::Workflow, filter)->total.requests,
                     std::int64_t(m_events.size()));
        }
    }

    void aForeignDatabaseIsLeftAsItIs()
    {
        sqlite3 *foreign = nullptr;
        QCOMPARE(sqlite3_open(m_path.c_str(), &foreign), SQLITE_OK);
        QCOMPARE(sqlite3_exec(foreign, "CREATE TABLE theirs (x)", nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(foreign);
        QFile file(QString::fromStdString(m_path));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray before = file.readAll();
        file.close();
        const auto refused = writeEvents(m_path, m_events);
        QVERIFY(!refused.ok());
        QVERIFY(refused.error().message.find("not Farthing's") != std::string::npos);
        QVERIFY(!QueryService::open(m_path).ok());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), before);
        QVERIFY(!QFile::exists(file.fileName() + "-wal"));
    }

    void anEventWithEndlessListsIsDrained()
    {
        CostEvent event = m_events[0];
        event.parts.assign(5000, {"m", {.input = 2, .output = 1}});
        event.tags.assign(9000, {"k", "v"});
        event.anatomy.prefix.resize(7000);
        event.rawUsage.assign(std::size_t(6) << 20, '1');
        event.user.assign(200'000, 'u');
        event.error = std::string(32 * 1024 - 1, 'e') + "größe";
        const auto journal = EventJournal::open(m_dir->filePath("journal").toStdString());
        const auto writer = StoreWriter::start(m_path, **journal);
        QVERIFY((*journal)->append(event).ok());
        QVERIFY((*journal)->append(m_events[1]).ok());
        QVERIFY(writer->flush(10s));
        QVERIFY2(writer->health().ok, writer->health().error.c_str());
        const std::vector<CostEvent> stored = all();
        QCOMPARE(stored.size(), std::size_t(2));
        TokenUsage sum;
        for (const UsagePart &part : stored[0].parts)
            sum += part.usage;
        QCOMPARE(sum.input, std::int64_t(10'000));
        QCOMPARE(sum.output, std::int64_t(5000));
        QVERIFY(stored[0].rawUsage.empty());
        QVERIFY(QString::fromStdString(stored[0].error).endsWith("eg"));
        QVERIFY(stored[1] == m_events[1]);
    }

    void groupsEqualASimpleCount_data()
    {
        QTest::addColumn<int>("dimension");
        for (const Dimension d : {Dimension::Workflow, Dimension::User, Dimension::Model, Dimension::Status,
                                  Dimension::Cache, Dimension::Day})
            QTest::newRow(std::string(nameOf(d)).c_str()) << static_cast<int>(d);
    }
    void groupsEqualASimpleCount()
    {
        QFETCH(int, dimension);
        const auto d = static_cast<Dimension>(dimension);
        QVERIFY(writeEvents(m_path, m_events).ok());
        std::map<std::string, std::vector<CostEvent>> groups;
        for (const CostEvent &e : m_events)
            if (e.provider != "gemini")
                groups[d == Dimension::Workflow ? e.workflow
                       : d == Dimension::User   ? e.user
                       : d == Dimension::Model  ? modelOf(e)
                       : d == Dimension::Status ? std::to_string(e.status)
                       : d == Dimension::Cache
                           ? std::string(std::array{"none", "exact", "semantic",
                                                    "coalesced"}[static_cast<std::size_t>(e.cache)])
                           : formatRfc3339(e.time).substr(0, 10)]
                    .push_back(e);
        EventFilter filter;
        filter.dimensions = {*parseDimensionFilter("provider!=gemini")};
        const auto result = (*open())->groupBy(d, filter);
        QVERIFY(result.ok());
        QCOMPARE(result->rows.size(), groups.size());
        for (const GroupRow &row : result->rows) {
            const auto &events = groups.at(row.key);
            QCOMPARE(row.total.requests, static_cast<std::int64_t>(events.size()));
            Money cost;
            std::vector<std::int64_t> costs;
            TokenUsage usage;
            for (const CostEvent &e : events) {
                usage += e.usage;
                cost += e.cost.value_or(Money());
                if (e.cost)
                    costs.push_back(e.cost->nanoUsd());
            }
            QVERIFY(row.total.usage == usage);
            QCOMPARE(row.total.cost.nanoUsd(), cost.nanoUsd());
            std::ranges::sort(costs);
            const auto rank = static_cast<std::size_t>(std::ceil(0.95 * static_cast<double>(costs.size())));
            QCOMPARE(row.total.costP95.nanoUsd(), costs.empty() ? 0 : costs[rank - 1]);
        }
    }

    void pagesCoverEverythingInBothOrders()
    {
        QVERIFY(writeEvents(m_path, m_events).ok());
        const auto queries = open();
        for (const EventOrder order : {EventOrder::NewestFirst, EventOrder::MostExpensiveFirst}) {
            std::vector<CostEvent> seen;
            std::optional<std::string> from;
            do {
                const auto page = (*queries)->events({}, order, 700, from);
                QVERIFY(page.ok());
                seen.insert(seen.end(), page->events.begin(), page->events.end());
                from = page->next;
            } while (from);
            QCOMPARE(seen.size(), m_events.size());
            for (std::size_t i = 1; i < seen.size(); ++i)
                QVERIFY(order == EventOrder::NewestFirst
                            ? seen[i - 1].time > seen[i].time
                            : seen[i - 1].cost.value_or(Money::fromNanoUsd(-1)) >=
                                  seen[i].cost.value_or(Money::fromNanoUsd(-1)));
        }
        QVERIFY(!(*queries)->events({}, EventOrder::NewestFirst, 5, "nonsense"));
    }

    void whatIsNewComesInOrderOfCommit()
    {
        QVERIFY(writeEvents(m_path, std::span(m_events).first(10)).ok());
        const auto queries = open();
        const auto start = (*queries)->newerThan({}, 100);
        QVERIFY(start->events.empty());
        QVERIFY(writeEvents(m_path, std::span(m_events).subspan(10, 20)).ok());
        const auto news = (*queries)->newerThan(start->sequence, 15);
        QCOMPARE(news->events.size(), std::size_t(15));
        QVERIFY(news->events.front() == m_events[10]);
        QCOMPARE((*queries)->newerThan(news->sequence, 100)->events.size(), std::size_t(5));
        QCOMPARE((*queries)->summary()->events, std::uint64_t(30));
        QVERIFY(!news->gap);
    }

    void aLiveViewOnAnEmptyStoreMissesNothing()
    {
        QVERIFY(writeEvents(m_path, {}).ok());
        const auto queries = open();
        const auto start = (*queries)->newerThan({}, 100);
        QCOMPARE(start->sequence, std::int64_t(0));
        QVERIFY(writeEvents(m_path, std::span(m_events).first(3)).ok());
        QCOMPARE((*queries)->newerThan(start->sequence, 100)->events.size(), std::size_t(3));
    }

    void aReaderTooFarBehindIsToldOfTheGap()
    {
        EventMaker maker(11);
        std::vector<CostEvent> many;
        for (int i = 0; i < 10'500; ++i)
            many.push_back(maker.make());
        QVERIFY(writeEvents(m_path, std::span(many).first(100)).ok());
        const auto queries = open();
        const auto start = (*queries)->newerThan({}, 1);
        QVERIFY(writeEvents(m_path, std::span(many).subspan(100)).ok());
        QVERIFY((*queries)->newerThan(start->sequence, 10)->gap);
        QVERIFY(!(*queries)->newerThan(start->sequence + 500, 10)->gap);
    }

    void aReaderOfAnotherStoreIsToldOfTheGap()
    {
        QVERIFY(writeEvents(m_path, std::span(m_events).first(5)).ok());
        QVERIFY((*open())->newerThan(6, 10)->gap);
        QVERIFY(!(*open())->newerThan(5, 10)->gap);
    }

    void whatIsRepricedComesAgain()
    {
        QVERIFY(writeEvents(m_path, std::span(m_events).first(100)).ok());
        const auto queries = open();
        const auto start = (*queries)->newerThan({}, 1);
        const std::int64_t before = (*queries)->summary()->sequence;
        QCOMPARE(start->sequence, before);
        int turn = 0;
        const auto count = reprice(m_path, RepriceScope::All, [&](CostEvent &event) {
            if (++turn % 10 != 0)
                return false;
            event.priced = true;
            event.cost = Money::fromNanoUsd(turn);
            return true;
        });
        QCOMPARE(count->changed, std::uint64_t(10));
        const auto news = (*queries)->newerThan(start->sequence, 1000);
        QCOMPARE(news->events.size(), std::size_t(10));
        for (std::size_t i = 0; i < 10; ++i) {
            QVERIFY(news->events[i].eventId == m_events[10 * i + 9].eventId);
            QCOMPARE(news->events[i].cost->nanoUsd(), std::int64_t(10 * i + 10));
        }
        QVERIFY(!news->gap);
        QCOMPARE((*queries)->summary()->sequence, before + 10);
        QCOMPARE((*queries)->summary()->events, std::uint64_t(100));
    }

    void spendOverTimeAddsUpStretchByStretch_data()
    {
        QTest::addColumn<int>("most");
        QTest::addColumn<bool>("ended");
        for (const int most : {3, 20, 140})
            for (const bool ended : {false, true})
                QTest::addRow("%d, %s", most, ended ? "a range" : "all time") << most << ended;
    }
    void spendOverTimeAddsUpStretchByStretch()
    {
        QFETCH(int, most);
        QFETCH(bool, ended);
        QVERIFY(writeEvents(m_path, m_events).ok());
        EventFilter filter;
        if (ended)
            filter.range = {m_events[700].time, m_events[2300].time};
        const std::vector<std::string> keys = {m_events[0].workflow, "never seen", m_events[1].workflow};
        QVERIFY(keys[0] != keys[2]);
        const auto spend = (*open())->costOverTime(Dimension::Workflow, keys, filter, std::size_t(most));
        QVERIFY(spend.ok());
        QVERIFY(spend->stretches() >= 1 && spend->stretches() <= std::size_t(most));
        QCOMPARE(spend->series.size(), std::size_t(4));
        std::vector<std::vector<Money>> expected(4, std::vector<Money>(spend->stretches()));
        for (const CostEvent &e : m_events) {
            if (!e.cost || (ended && (e.time < *filter.range.since || e.time >= *filter.range.until)))
                continue;
            const auto series = static_cast<std::size_t>(std::ranges::find(keys, e.workflow) - keys.begin());
            const auto edge = std::ranges::upper_bound(spend->edges, e.time);
            QVERIFY(edge != spend->edges.begin() && edge != spend->edges.end());
            expected[series][static_cast<std::size_t>(edge - spend->edges.begin()) - 1] += *e.cost;
        }
        QVERIFY(spend->series == expected);
    }

    void whileASnapshotIsHeldNothingNewIsSeen()
    {
        QVERIFY(writeEvents(m_path, std::span(m_events).first(10)).ok());
        const auto queries = open();
        auto snapshot = (*queries)->holdSnapshot();
        QCOMPARE((*queries)->groupBy(Dimension::Workflow, {})->total.requests, std::int64_t(10));
        QVERIFY(writeEvents(m_path, std::span(m_events).subspan(10, 5)).ok());
        QCOMPARE((*queries)->groupBy(Dimension::Workflow, {})->total.requests, std::int64_t(10));
        QCOMPARE((*queries)->summary()->events, std::uint64_t(10));
        snapshot.reset();
        QCOMPARE((*queries)->groupBy(Dimension::Workflow, {})->total.requests, std::int64_t(15));
    }

private:
    Result<std::unique_ptr<QueryService>> open() const { return QueryService::open(m_path); }
    std::vector<CostEvent> all() const
    {
        std::vector<CostEvent> events;
        const auto queries = open();
        if (!queries || !(*queries)->forEach({}, [&events](const CostEvent &e) {
                events.push_back(e);
                return true;
            }))
            qFatal("the store cannot be read");
        return events;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::string m_path;
    std::vector<CostEvent> m_events;
};

QTEST_GUILESS_MAIN(StoreTest)
#include "tst_store.moc"
