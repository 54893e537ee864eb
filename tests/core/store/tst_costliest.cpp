// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"
#include "core/store/PlainSums.h"

#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"
#include "core/store/Reprice.h"
#include "core/store/costliest/CostliestList.h"
#include "core/store/rollup/RollupCheck.h"

#include <QTemporaryDir>
#include <QTest>

#include <random>
#include <set>

using namespace farthing;

/// The most expensive events are those of a plain loop, page after page, wherever they are found.
class CostliestTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        // Crowded hours, then days with room in their lists; many that cost the same.
        m_events = eventsApart(Micros(300'000), 6000, 5);
        std::ranges::move(eventsApart(Micros(40'000'000), 6000, 6), std::back_inserter(m_events));
        for (std::size_t i = 0; i < m_events.size(); i += 7)
            if (m_events[i].cost)
                m_events[i].cost = Money::fromNanoUsd(31'000'000);
        m_path = m_dir.filePath("events.db").toStdString();
        QVERIFY(writeEvents(m_path, m_events).ok());
    }

    void aListIsWholeDownToItsFloor()
    {
        std::mt19937 random(3);
        CostliestList list(20);
        std::set<CostOfRow> all;
        for (int i = 0; i < 5000; ++i) {
            if (random() % 5 == 0 && !all.empty()) {
                auto one = all.begin();
                std::advance(one, random() % all.size());
                list.remove(one->id);
                all.erase(one);
            } else {
                const CostOfRow event{static_cast<std::int64_t>(random() % 300), i};
                list.add(event);
                all.insert(event);
            }
            const std::vector<CostOfRow> above(all.upper_bound(list.floor()), all.end());
            QVERIFY(std::ranges::equal(list.entries(), std::vector(above.rbegin(), above.rend())));
            std::string bytes;
            list.encode(bytes);
            const auto again = CostliestList::decode(bytes, 20);
            QVERIFY(again && again->entries() == list.entries() && again->floor() == list.floor());
            for (std::size_t cut = 0; cut < bytes.size(); cut += 7)
                QVERIFY(!CostliestList::decode(bytes.substr(0, cut), 20));
        }
    }

    void pagesAreThoseOfAPlainLoop_data()
    {
        QTest::addColumn<TimeRange>("time");
        QTest::addColumn<QStringList>("conditions");
        QTest::addColumn<QString>("harm");
        const TimeRange middle = range("2026-10-30T22:05:07.000001Z", "2026-11-01T15:12:44Z");
        QTest::newRow("all") << TimeRange() << QStringList() << "";
        QTest::newRow("from and to the middle of hours") << middle << QStringList() << "";
        QTest::newRow("part of an hour")
            << range("2026-10-30T21:50:00Z", "2026-10-30T21:58:00Z") << QStringList() << "";
        QTest::newRow("nothing there") << range("2027-01-01T00:00:00Z", "") << QStringList() << "";
        QTest::newRow("one workflow") << middle << QStringList("workflow=tag") << "";
        QTest::newRow("three dimensions")
            << TimeRange() << QStringList({"workflow!=tag", "model=gpt-4o", "status=200"}) << "";
        QTest::newRow("one user") << middle << QStringList("user=u_3") << "";
        QTest::newRow("a user, not a feature") << middle << QStringList({"user=u_3", "feature!=draft"}) << "";
        QTest::newRow("a session") << middle << QStringList("session=s1") << "";
        QTest::newRow("a user and hours")
            << TimeRange() << QStringList({"user=u_1,u_2", "hour!=2026-10-30T22:00Z"}) << "";
        QTest::newRow("lists are missing")
            << TimeRange() << QStringList() << "DELETE FROM costliest WHERE id % 2 = 0";
        QTest::newRow("there are no lists") << middle << QStringList() << "DELETE FROM costliest";
        QTest::newRow("lists are damaged")
            << TimeRange() << QStringList() << "UPDATE costliest SET list = x'01ff'";
    }
    void pagesAreThoseOfAPlainLoop()
    {
        QFETCH(TimeRange, time);
        QFETCH(QStringList, conditions);
        QFETCH(QString, harm);
        std::filesystem::path path = m_path;
        if (!harm.isEmpty()) {
            path = m_dir.filePath("harmed.db").toStdString();
            std::filesystem::remove(path);
            QVERIFY(writeEvents(path, m_events).ok());
            QVERIFY(Database::open(path, Database::Access::ReadWrite)->execute(harm.toUtf8()).ok());
        }
        EventFilter filter{time, {}};
        for (const QString &condition : conditions)
            filter.dimensions.push_back(*parseDimensionFilter(condition.toStdString()));
        std::vector<CostEvent> expected;
        std::ranges::copy_if(m_events, std::back_inserter(expected),
                             [&](const CostEvent &event) { return accepts(filter, event); });
        const auto key = [](const CostEvent &event) {
            return std::pair(event.cost ? event.cost->nanoUsd() : -1, event.time);
        };
        std::ranges::sort(expected, [&](const auto &a, const auto &b) { return key(a) > key(b); });

        const auto queries = *QueryService::open(path);
        std::size_t seen = 0;
        std::optional<std::string> next;
        for (int page = 0; page < 30; ++page) {
            const auto found = queries->events(filter, EventOrder::MostExpensiveFirst, 100, next);
            QVERIFY2(found.ok(), found.ok() ? "" : found.error().toString().c_str());
            QCOMPARE(found->events.size(), std::min<std::size_t>(100, expected.size() - seen));
            for (const CostEvent &event : found->events)
                QVERIFY2(event == expected[seen++], std::to_string(seen).c_str());
            next = found->next;
            QCOMPARE(next.has_value(), seen < expected.size());
            if (!next)
                break;
        }
        QVERIFY(!next || seen == 3000);
    }

    void listsFollowWhatIsWrittenAnew()
    {
        const std::filesystem::path path = m_dir.filePath("repriced.db").toStdString();
        std::vector<CostEvent> events = m_events;
        std::ranges::shuffle(events, std::mt19937(8));
        for (std::size_t at = 0; at < events.size(); at += 700)
            QVERIFY(writeEvents(path,
                                std::span(events).subspan(at, std::min<std::size_t>(700, events.size() - at)))
                        .ok());
        QCOMPARE(verifyRollups(path)->different, std::uint64_t(0));
        const auto changed = reprice(path, RepriceScope::All, [](CostEvent &event) {
            if (!event.cost || event.time.time_since_epoch().count() % 3 == 0)
                return false;
            event.cost = Money::fromNanoUsd(event.cost->nanoUsd() % 977'777 * 1000);
            event.listCost.reset();
            event.savings = {};
            return true;
        });
        QVERIFY(changed.ok() && changed->changed > 1000);
        QCOMPARE(verifyRollups(path)->different, std::uint64_t(0));
        QVERIFY(Database::open(path, Database::Access::ReadWrite)
                    ->execute("DELETE FROM costliest WHERE id IN (SELECT min(id) FROM costliest)")
                    .ok());
        const auto verdict = verifyRollups(path);
        QCOMPARE(verdict->different, std::uint64_t(1));
        QVERIFY2(verdict->first.front().find("most expensive events of the hour from 2026-10-30T21") !=
                     std::string::npos,
                 verdict->first.front().c_str());
        QVERIFY(rebuildRollups(path).ok());
        QCOMPARE(verifyRollups(path)->different, std::uint64_t(0));
    }

private:
    QTemporaryDir m_dir;
    std::filesystem::path m_path;
    std::vector<CostEvent> m_events;
};

Q_DECLARE_METATYPE(farthing::TimeRange)

QTEST_APPLESS_MAIN(CostliestTest)
#include "tst_costliest.moc"
