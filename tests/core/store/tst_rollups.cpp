// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "core/store/EventScan.h"
#include "core/store/Reprice.h"
#include "core/store/rollup/RollupCheck.h"
#include "core/store/rollup/RollupKeeper.h"

#include <QTemporaryDir>
#include <QTest>

#include <random>

using namespace farthing;

/// In every state that can be read, the rollups are what the rows add up to.
class RollupsTest : public QObject
{
    Q_OBJECT

private slots:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_path = m_dir->filePath("events.db").toStdString();
    }

    void rollupsAreWhatTheRowsAddUpTo_data()
    {
        QTest::addColumn<std::size_t>("count");
        QTest::addColumn<bool>("inOrder");
        QTest::addColumn<std::size_t>("perCommit");
        QTest::newRow("one event") << std::size_t(1) << true << std::size_t(1);
        QTest::newRow("in order") << std::size_t(20'000) << true << std::size_t(500);
        QTest::newRow("in no order") << std::size_t(20'000) << false << std::size_t(500);
        QTest::newRow("in no order, few at a time") << std::size_t(2000) << false << std::size_t(3);
    }
    void rollupsAreWhatTheRowsAddUpTo()
    {
        QFETCH(std::size_t, count);
        QFETCH(bool, inOrder);
        QFETCH(std::size_t, perCommit);
        std::vector<CostEvent> events = make(count);
        if (!inOrder)
            std::ranges::shuffle(events, m_random);
        writeInTurns(events, perCommit);
        const auto verdict = verifyRollups(m_path);
        QVERIFY2(verdict.ok(), verdict.ok() ? "" : verdict.error().toString().c_str());
        QCOMPARE(verdict->different, std::uint64_t(0));
        QVERIFY(count == 1 || verdict->events > 0); // the hour that is not over is read as rows
        // An hour and a day have their lists of the most expensive events in any case.
        QCOMPARE(verdict->places > 2, verdict->events > 0);
    }

    void whatIsPricedAnewIsSummedUpAnew()
    {
        writeInTurns(make(12'000), 1000);
        const auto before = sumOfCosts();
        const auto changed = reprice(m_path, RepriceScope::All, [](CostEvent &event) {
            event.priced = true;
            event.cost = event.listCost = Money::fromNanoUsd(77);
            event.savings = {};
            return true;
        });
        QVERIFY(changed.ok());
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
        QVERIFY(sumOfCosts() != before);
    }

    void whatIsNotCommittedIsNowhere()
    {
        const std::vector<CostEvent> events = make(9000);
        writeInTurns({events.begin(), events.begin() + 3000}, 3000);
        {
            auto import = EventImport::open(m_path);
            QVERIFY(import.ok());
            QVERIFY((*import)->add(std::span(events).subspan(3000, 3000)).ok());
        } // goes without a commit
        CostEvent wrong = events.back();
        wrong.time += Micros(5'000'000);
        auto import = EventImport::open(m_path);
        QVERIFY((*import)->add(std::span(events).subspan(3000, 2000)).ok());
        QVERIFY(!(*import)->add(std::span(&wrong, 1)).ok()); // takes the 2,000 before it along
        QVERIFY((*import)->add(std::span(events).subspan(6000)).ok());
        QVERIFY((*import)->commit().ok());
        const auto verdict = verifyRollups(m_path);
        QCOMPARE(verdict->different, std::uint64_t(0));
        QCOMPARE(number("SELECT count(*) FROM events"), 6000);
    }

    void anEventOfTheFutureEndsNoHour()
    {
        EventMaker maker(3);
        CostEvent future = maker.make();
        future.time = SystemClock().now() + std::chrono::days(400);
        future.eventId = makeDerivedUuidV7(future.time, "future");
        const std::vector<CostEvent> late = make(500);
        QVERIFY(writeEvents(m_path, std::span(&future, 1)).ok());
        QVERIFY(writeEvents(m_path, late).ok());
        QVERIFY(number("SELECT until FROM rollup_state") < firstRowIdAt(SystemClock().now()));
        const auto verdict = verifyRollups(m_path);
        QCOMPARE(verdict->different, std::uint64_t(0));
        QCOMPARE(verdict->events, std::uint64_t(500));
    }

    void aPlaceHasFewParts()
    {
        writeInTurns(make(3000), 1); // a part for each event, if nobody made them one
        QVERIFY(number("SELECT max(n) FROM (SELECT count(*) n FROM rollups GROUP BY id >> 30)") <= 8);
    }

    void aDifferenceIsFoundNamedAndMended_data()
    {
        QTest::addColumn<QString>("harm");
        QTest::addColumn<QString>("said");
        QTest::newRow("a part is gone") << "DELETE FROM rollups WHERE id = (SELECT min(id) FROM rollups)"
                                        << "differs from the rows";
        QTest::newRow("a part is there twice")
            << "INSERT INTO rollups SELECT id + 100, sums, tokens, cost, latency, first_token, overhead "
               "FROM rollups WHERE id = (SELECT max(id) FROM rollups)"
            << "differs from the rows";
        QTest::newRow("a part is damaged")
            << "UPDATE rollups SET sums = x'0102' WHERE id = (SELECT min(id) FROM rollups)"
            << "is damaged";
        QTest::newRow("histograms are damaged")
            << "UPDATE rollups SET latency = x'ff' WHERE id = (SELECT min(id) FROM rollups)"
            << "is damaged";
        QTest::newRow("a row is gone") << "DELETE FROM events WHERE id = (SELECT min(id) FROM events)"
                                       << "differs from the rows";
        QTest::newRow("all are gone") << "DELETE FROM rollups"
                                      << "differs from the rows";
    }
    void aDifferenceIsFoundNamedAndMended()
    {
        QFETCH(QString, harm);
        QFETCH(QString, said);
        writeInTurns(make(4000), 2000);
        execute(harm.toStdString().c_str());
        const auto found = verifyRollups(m_path);
        QVERIFY(found->different > 0);
        QVERIFY2(found->first.front().find(said.toStdString()) != std::string::npos,
                 found->first.front().c_str());
        QVERIFY2(found->first.front().find("from 20") != std::string::npos, found->first.front().c_str());
        QCOMPARE(verifyRollups(m_path)->different, found->different); // looking mends nothing

        const auto covered = rebuildRollups(m_path);
        QVERIFY(covered.ok());
        const auto mended = verifyRollups(m_path);
        QCOMPARE(mended->different, std::uint64_t(0));
        QCOMPARE(mended->events, *covered);
    }

    void damageKeepsNobodyFromWriting()
    {
        writeInTurns(make(4000), 2000);
        execute("UPDATE rollups SET sums = x'00'");
        execute("UPDATE events SET row = x'ff' WHERE id = (SELECT min(id) FROM events)");
        EventMaker maker(9);
        std::vector<CostEvent> more;
        for (int i = 0; i < 200; ++i)
            more.push_back(maker.make());
        for (const CostEvent &event : more)
            QVERIFY(writeEvents(m_path, std::span(&event, 1)).ok());
        QVERIFY(rebuildRollups(m_path).ok());
        const auto verdict = verifyRollups(m_path);
        QCOMPARE(verdict->different, std::uint64_t(0));
        QCOMPARE(verdict->damaged, std::uint64_t(1));
    }

    void workThatTakesLongCanBeEnded()
    {
        writeInTurns(make(105'000), 105'000); // more than a proxy folds in at once
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
        int asked = 0;
        const auto stop = [&asked](double share) {
            ++asked;
            return share < 0 || share > 1; // a share is neither
        };
        QVERIFY(!verifyRollups(m_path, stop).ok());
        QCOMPARE(asked, 1);
        QVERIFY(!rebuildRollups(m_path, stop).ok());
        QCOMPARE(asked, 2);
        writeInTurns(make(1), 1); // goes on with what the rebuilding left
        QCOMPARE(verifyRollups(m_path)->different, std::uint64_t(0));
    }

private:
    std::vector<CostEvent> make(std::size_t count)
    {
        EventMaker maker(static_cast<unsigned>(m_random()));
        std::vector<CostEvent> events;
        for (std::size_t i = 0; i < count; ++i)
            events.push_back(maker.make());
        return events;
    }

    /// By two who write beside each other.
    void writeInTurns(const std::vector<CostEvent> &events, std::size_t perCommit)
    {
        const std::array writers = {EventImport::open(m_path), EventImport::open(m_path)};
        for (std::size_t i = 0; i < events.size(); i += perCommit) {
            EventImport &writer = **writers[i / perCommit % 2];
            const auto group = std::span(events).subspan(i, std::min(perCommit, events.size() - i));
            QVERIFY(writer.add(group).ok());
            QVERIFY(writer.commit().ok());
        }
    }

    void execute(const char *sql)
    {
        auto database = Database::open(m_path, Database::Access::ReadWrite);
        QVERIFY(database.ok());
        QVERIFY(database->execute(sql).ok());
    }

    std::int64_t number(const char *sql)
    {
        auto database = Database::open(m_path, Database::Access::ReadOnly);
        auto statement = database->prepare(sql);
        return statement->step() == Statement::Step::Row ? statement->integer(0) : -1;
    }

    std::int64_t sumOfCosts()
    {
        auto database = Database::open(m_path, Database::Access::ReadOnly);
        auto parts = database->prepare("SELECT sums FROM rollups");
        std::int64_t sum = 0;
        while (parts->step() == Statement::Step::Row)
            if (const auto part = RollupPartReader::open(parts->bytes(0)))
                part->column(RollupSum::Cost, [&](std::size_t, std::int64_t value) { sum += value; });
        return sum;
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::filesystem::path m_path;
    std::mt19937_64 m_random{5};
};

QTEST_APPLESS_MAIN(RollupsTest)
#include "tst_rollups.moc"
