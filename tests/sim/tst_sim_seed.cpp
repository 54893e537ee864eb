// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/seed/Population.h"

#include <QTest>

#include <map>
#include <set>

using namespace farthing;
using namespace farthing::sim;
using namespace std::chrono_literals;

namespace {

PopulationOptions options(std::uint64_t events)
{
    PopulationOptions options;
    options.events = events;
    options.since = *parseRfc3339("2026-03-02T00:00:00Z"); // a Monday
    options.until = options.since + std::chrono::days(28);
    options.workflows = 40;
    options.users = 500;
    return options;
}

std::vector<CostEvent> eventsOf(const PopulationOptions &wanted)
{
    Population population(wanted, builtInPriceBook());
    std::vector<CostEvent> events;
    for (CostEvent event; population.next(event);)
        events.push_back(event);
    return events;
}

} // namespace

/// What `farthing-sim seed` writes is what a team's proxy would have recorded.
class SimSeedTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase() { m_events = eventsOf(options(30'000)); }

    void thereAreSoManyInOrderOfTimeWithinThePeriod()
    {
        QCOMPARE(m_events.size(), std::size_t(30'000));
        QVERIFY(std::ranges::is_sorted(m_events, {}, &CostEvent::time));
        QVERIFY(m_events.front().time >= options(1).since && m_events.back().time < options(1).until);
        std::set<Uuid> ids;
        for (const CostEvent &event : m_events) {
            QVERIFY(event.eventId.isV7Of(event.time));
            ids.insert(event.eventId);
        }
        QCOMPARE(ids.size(), m_events.size());
    }

    void theSameOptionsGiveTheSameEvents()
    {
        PopulationOptions again = options(2000);
        const auto first = eventsOf(again);
        QVERIFY(eventsOf(again) == first);
        again.seed = 2;
        QVERIFY(eventsOf(again) != first);
    }

    void moneyAddsUp()
    {
        for (const CostEvent &event : m_events) {
            QVERIFY2(event.priced && event.cost, event.model().c_str());
            QCOMPARE(event.listCost.has_value(), event.delivered());
            if (event.listCost)
                QCOMPARE(event.listCost->nanoUsd(), (*event.cost + event.savings.total()).nanoUsd());
        }
    }

    void tokensArePartsOfTheirWhole()
    {
        for (const CostEvent &event : m_events) {
            const TokenUsage &usage = event.usage;
            QVERIFY(usage.input >= usage.cachedInput + usage.cacheWrite5m && usage.output >= usage.reasoning);
            QVERIFY(usage.cachedInput >= 0 && usage.cacheWrite5m >= 0 && usage.reasoning >= 0);
            QVERIFY(event.latencyUs >= event.ttftUs && event.ttftUs >= 0);
        }
    }

    void fewMakeMostOfTheCalls()
    {
        std::map<std::string, int> calls;
        for (const CostEvent &event : m_events)
            ++calls[event.user];
        std::vector<int> counts;
        for (const auto &[user, count] : calls)
            counts.push_back(count);
        std::ranges::sort(counts, std::greater());
        QVERIFY(counts.size() > 200);
        int ofTwenty = 0;
        for (std::size_t i = 0; i < 20; ++i)
            ofTwenty += counts[i];
        QVERIFY(ofTwenty > 30'000 / 3);
    }

    void daysAndWeeksHaveTheirRhythm()
    {
        int night = 0;
        int noon = 0;
        std::array<int, 7> ofDay{};
        for (const CostEvent &event : m_events) {
            const auto day = std::chrono::floor<std::chrono::days>(event.time);
            const auto hour = std::chrono::floor<std::chrono::hours>(event.time - day).count();
            night += hour < 4 ? 1 : 0;
            noon += hour >= 12 && hour < 16 ? 1 : 0;
            ++ofDay[std::chrono::weekday(day).c_encoding()];
        }
        QVERIFY(noon > 5 * night);
        QVERIFY(ofDay[2] > 2 * ofDay[0]); // Tuesdays, Sundays
    }

    void leversComeIntoUseOneByOne()
    {
        const PopulationOptions all = options(1);
        const auto firstOf = [&](const auto &isIt) {
            const auto found = std::ranges::find_if(m_events, isIt);
            return found == m_events.end() ? 1.0
                                           : std::chrono::duration<double>(found->time - all.since) /
                                                 std::chrono::duration<double>(all.until - all.since);
        };
        const double routed = firstOf([](const CostEvent &e) { return e.tier == Tier::Fast; });
        const double answered = firstOf([](const CostEvent &e) { return e.cache != CacheKind::None; });
        const double batched = firstOf([](const CostEvent &e) { return e.batch; });
        QVERIFY2(routed >= 0.4 && routed < 0.45, std::to_string(routed).c_str());
        QVERIFY2(answered >= 0.6 && answered < 0.65, std::to_string(answered).c_str());
        QVERIFY2(batched >= 0.75 && batched < 0.8, std::to_string(batched).c_str());
    }

    void usersAndWorkflowsHaveNamesOfTheirOwn()
    {
        std::set<std::string> users;
        for (std::size_t i = 0; i < 20'000; ++i)
            users.insert(Team::userName(i));
        QCOMPARE(users.size(), std::size_t(20'000));
        const Team team(1000, 1, 1);
        std::set<std::string> workflows;
        for (const TeamWorkflow &workflow : team.workflows())
            workflows.insert(workflow.name);
        QCOMPARE(workflows.size(), std::size_t(1000));
    }

private:
    std::vector<CostEvent> m_events;
};

QTEST_APPLESS_MAIN(SimSeedTest)
#include "tst_sim_seed.moc"
