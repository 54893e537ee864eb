// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/base/Files.h"
#include "core/store/QueryService.h"
#include "core/store/Reprice.h"
#include "core/store/StoreWriter.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <map>
#include <sqlite3.h>
#include <sys/stat.h>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

std::string modelOf(const CostEvent &e)
{
    return e.responseModel.empty() ? e.sentModel : e.responseModel;
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

    void aCrowdedMicrosecondSpreadsOverTheNext()
    {
        UuidV7Generator ids;
        std::vector<CostEvent> same(5000, m_events[0]);
        for (CostEvent &event : same)
            event.eventId = event.callId = ids.make(event.time);
        QCOMPARE(writeEvents(m_path, same)->written, std::uint64_t(5000));
        QCOMPARE(writeEvents(m_path, same)->alreadyThere, std::uint64_t(5000));
        const auto page = (*open())->events({}, EventOrder::NewestFirst, 1);
        QVERIFY(page->events.front().time - m_events[0].time <= Micros(4));
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

    void repricingTouchesWhatHasNoPrice()
    {
        QVERIFY(writeEvents(m_path, m_events).ok());
        const auto unpriced =
            static_cast<std::uint64_t>(std::ranges::count(m_events, false, &CostEvent::priced));
        QCOMPARE((*open())->summary()->unpriced, unpriced);
        const auto count = reprice(m_path, RepriceScope::Unpriced, [](CostEvent &event) {
            event.priced = true;
            event.cost = Money::fromNanoUsd(5);
            return true;
        });
        QVERIFY(count.ok());
        QCOMPARE(count->changed, unpriced);
        QCOMPARE((*open())->summary()->unpriced, std::uint64_t(0));
        QCOMPARE(all().size(), m_events.size());
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
