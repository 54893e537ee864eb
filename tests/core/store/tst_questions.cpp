// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"
#include "core/store/PlainSums.h"

#include "core/store/EventImport.h"
#include "core/store/QueryService.h"

#include <QTemporaryDir>
#include <QTest>

#include <map>
#include <numeric>

using namespace farthing;

namespace {

using Key = std::pair<std::string, std::string>;

Key keyOf(const CostEvent &event, const std::vector<Dimension> &by)
{
    return {valueOf(event, by.front()), by.size() > 1 ? valueOf(event, by.back()) : ""};
}

} // namespace

/// What the window and farthingctl ask, against a plain loop over the events.
class QuestionsTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_path = m_dir.filePath("events.db").toStdString();
        m_events = eventsApart(Micros(13'345'678), 20'000, 23); // three days
        QVERIFY(writeEvents(m_path, m_events).ok());
        m_queries = *QueryService::open(m_path);
    }

    void theDearestGroupsAndTheOthersAreTheWhole_data()
    {
        QTest::addColumn<std::vector<Dimension>>("by");
        QTest::addColumn<std::size_t>("top");
        QTest::addColumn<TimeRange>("time");
        QTest::addColumn<QString>("condition");
        using enum Dimension;
        using By = std::vector<Dimension>;
        const TimeRange middle = range("2026-10-31T04:31:07.000001Z", "2026-11-02T15:12:44Z");
        const TimeRange little = range("2026-10-31T04:31:07.000001Z", "2026-10-31T09:12:44Z");
        QTest::newRow("two workflows") << By{Workflow} << std::size_t(2) << middle << "";
        QTest::newRow("more than there are") << By{Workflow} << std::size_t(50) << middle << "";
        QTest::newRow("five users") << By{User} << std::size_t(5) << middle << "";
        QTest::newRow("five users of a workflow") << By{User} << std::size_t(5) << middle << "workflow=tag";
        QTest::newRow("all but some users") << By{User} << std::size_t(3) << middle << "user!=u_1,u_2";
        QTest::newRow("few events, five users") << By{User} << std::size_t(5) << little << "";
        QTest::newRow("workflow and model") << By{Workflow, Model} << std::size_t(4) << middle << "";
        QTest::newRow("all of workflow and model") << By{Workflow, Model} << std::size_t(0) << middle << "";
        QTest::newRow("user and feature") << By{User, Feature} << std::size_t(7) << middle << "";
        QTest::newRow("feature and user") << By{Feature, User} << std::size_t(7) << middle << "";
        QTest::newRow("day and workflow") << By{Day, Workflow} << std::size_t(0) << middle << "";
        QTest::newRow("hour and status") << By{Hour, Status} << std::size_t(0) << middle << "provider=openai";
        QTest::newRow("user and day") << By{User, Day} << std::size_t(0) << middle << "";
        QTest::newRow("session and user") << By{Session, User} << std::size_t(6) << middle << "";
    }
    void theDearestGroupsAndTheOthersAreTheWhole()
    {
        QFETCH(std::vector<Dimension>, by);
        QFETCH(std::size_t, top);
        QFETCH(TimeRange, time);
        QFETCH(QString, condition);
        GroupQuery query{.by = by, .filter = {time, {}}, .top = top};
        if (!condition.isEmpty())
            query.filter.dimensions.push_back(*parseDimensionFilter(condition.toStdString()));
        std::map<Key, Expected> expected;
        for (const CostEvent &event : m_events)
            if (accepts(query.filter, event))
                expected[keyOf(event, by)].add(event);
        for (const bool percentiles : {true, false}) {
            if (!percentiles)
                query.percentiles.clear();
            const auto found = m_queries->groups(query);
            QVERIFY2(found.ok(), found.ok() ? "" : found.error().toString().c_str());
            QCOMPARE(found->groups, expected.size());
            QCOMPARE(found->rows.size(), top == 0 ? expected.size() : std::min(top, expected.size()));
            QCOMPARE(found->others.has_value(), found->rows.size() < expected.size());
            Money least = Money::fromNanoUsd(std::numeric_limits<std::int64_t>::max());
            std::map<Key, Expected> rest = expected;
            for (const GroupRow &row : found->rows) {
                const Key key(row.key, row.second);
                QVERIFY2(differs(row.total, expected[key], percentiles).empty(),
                         differs(row.total, expected[key], percentiles).c_str());
                least = std::min(least, row.total.cost);
                rest.erase(key);
            }
            Expected others;
            for (const CostEvent &event : m_events)
                if (accepts(query.filter, event) && rest.contains(keyOf(event, by)))
                    others.add(event);
            for (const auto &[key, sums] : rest)
                QVERIFY(sums.sums.cost <= least);
            if (found->others)
                QVERIFY2(differs(*found->others, others, percentiles).empty(),
                         differs(*found->others, others, percentiles).c_str());
        }
    }

    void thePeriodBeforeIsCompared()
    {
        using enum Dimension;
        const TimeRange now = range("2026-11-01T12:30:00Z", "2026-11-02T12:30:00Z");
        const TimeRange before = range("2026-10-31T12:30:00Z", "2026-11-01T12:30:00Z");
        for (const std::size_t top : {0, 3}) {
            const auto found =
                m_queries->groups({.by = {Workflow}, .filter = {now, {}}, .top = top, .withPrevious = true});
            QVERIFY(found.ok());
            std::map<std::string, Expected> expected;
            Expected total;
            for (const CostEvent &event : m_events)
                if (accepts({before, {}}, event)) {
                    expected[event.workflow].add(event);
                    total.add(event);
                }
            for (const GroupRow &row : found->rows)
                QCOMPARE(difference(*row.previous, expected[row.key]), std::string());
            QCOMPARE(difference(*found->previous, total), std::string());
        }
        const auto isOpen = m_queries->groups({.by = {Workflow}, .filter = {}, .withPrevious = true});
        QVERIFY(isOpen.ok());
        QCOMPARE(isOpen->previous->requests, std::int64_t(0)); // before the first event there is none
        QVERIFY(!m_queries->groups({.by = {}, .filter = {}}).ok());
        QVERIFY(!m_queries->groups({.by = {User, Day, Hour}, .filter = {}}).ok());
    }

    void aHistogramCountsEachRequestOnce_data()
    {
        QTest::addColumn<EventMeasure>("measure");
        QTest::addColumn<TimeRange>("time");
        QTest::addColumn<std::size_t>("most");
        const TimeRange little = range("2026-10-31T04:31:07Z", "2026-10-31T09:12:44Z");
        for (const auto &[name, measure] :
             {std::pair("tokens", EventMeasure::Tokens), std::pair("cost", EventMeasure::Cost),
              std::pair("latency", EventMeasure::Latency), std::pair("overhead", EventMeasure::Overhead)})
            for (const std::size_t most : {4, 20, 100}) {
                QTest::addRow("%s, %zu bins", name, most) << measure << TimeRange() << most;
                QTest::addRow("%s of few, %zu bins", name, most) << measure << little << most;
            }
    }
    void aHistogramCountsEachRequestOnce()
    {
        QFETCH(EventMeasure, measure);
        QFETCH(TimeRange, time);
        QFETCH(std::size_t, most);
        const EventFilter filter{time, {}};
        const auto found = m_queries->histogram(measure, filter, most);
        QVERIFY(found.ok());
        QVERIFY(!found->bins.empty() && found->bins.size() <= most);
        Values values;
        for (const CostEvent &event : m_events) {
            if (!accepts(filter, event) || (measure == EventMeasure::Cost && !event.cost))
                continue;
            values.push_back(measure == EventMeasure::Tokens    ? event.usage.input + event.usage.output
                             : measure == EventMeasure::Cost    ? event.cost->nanoUsd()
                             : measure == EventMeasure::Latency ? event.latencyUs
                                                                : event.overheadUs);
        }
        std::int64_t counted = 0;
        for (std::size_t i = 0; i < found->bins.size(); ++i) {
            const EventHistogram::Bin &bin = found->bins[i];
            QVERIFY(bin.from < bin.until && (i == 0 || bin.from == found->bins[i - 1].until));
            counted += bin.count;
            // A value within 0.8 % of an edge may be on its other side.
            const auto between = [&](double from, double until) {
                return std::ranges::count_if(values, [&](std::int64_t value) {
                    return static_cast<double>(value) >= from && static_cast<double>(value) < until;
                });
            };
            const auto from = static_cast<double>(bin.from);
            const auto until = static_cast<double>(bin.until);
            QVERIFY(bin.count >= between(from * 1.008, until / 1.008));
            QVERIFY(bin.count <= between(from / 1.008, until * 1.008));
        }
        QCOMPARE(counted, std::ssize(values));
    }

    void aSpendCurveSaysWhatTheDearestMake()
    {
        Values costs;
        std::map<std::string, std::int64_t> ofUser;
        for (const CostEvent &event : m_events) {
            if (event.cost)
                costs.push_back(event.cost->nanoUsd());
            ofUser[event.user] += event.cost.value_or(Money()).nanoUsd();
        }
        Values users;
        for (const auto &[user, cost] : ofUser)
            users.push_back(cost);
        for (auto &[of, values] : {std::pair<std::optional<Dimension>, Values &>(std::nullopt, costs),
                                   std::pair<std::optional<Dimension>, Values &>(Dimension::User, users)}) {
            const auto curve = m_queries->spendCurve(of, {});
            QVERIFY(curve.ok());
            std::ranges::sort(values, std::greater());
            const auto total = std::accumulate(values.begin(), values.end(), std::int64_t(0));
            QCOMPARE(curve->points.back().cost.nanoUsd(), total);
            QCOMPARE(curve->points.back().items, std::ssize(values));
            for (const int percent : {1, 5, 20, 50, 100}) {
                const double items = percent / 100.0 * static_cast<double>(values.size());
                const auto whole = static_cast<std::size_t>(items);
                double exact = static_cast<double>(std::accumulate(
                    values.begin(), values.begin() + static_cast<std::ptrdiff_t>(whole), std::int64_t(0)));
                if (whole < values.size())
                    exact += (items - static_cast<double>(whole)) * static_cast<double>(values[whole]);
                QVERIFY(std::abs(curve->costOfTop(percent / 100.0) - exact / static_cast<double>(total)) <
                        0.01);
            }
        }
        QCOMPARE(m_queries->spendCurve({}, {range("2030-01-01T00:00:00Z", ""), {}})->costOfTop(0.5), 0.0);
    }

    void allValuesAreOfferedByHowOftenTheyCome()
    {
        const auto workflows = m_queries->values(Dimension::Workflow, "", 10);
        QVERIFY(workflows.ok());
        QCOMPARE(workflows->size(), std::size_t(5));
        const auto count = [this](const std::string &workflow) {
            return std::ranges::count(m_events, workflow, &CostEvent::workflow);
        };
        for (std::size_t i = 1; i < workflows->size(); ++i)
            QVERIFY(count((*workflows)[i - 1]) >= count((*workflows)[i]));
        QCOMPARE(m_queries->values(Dimension::User, "u_3", 100)->size(),
                 std::size_t(11)); // u_3 and u_30 to u_39
        QCOMPARE(m_queries->values(Dimension::Session, "s", 100)->size(), std::size_t(2));
    }

private:
    static std::string differs(const Aggregate &found, const Expected &expected, bool percentiles)
    {
        const std::string differs = difference(found, expected);
        const bool isPercentile = differs.find(" p") != std::string::npos;
        return isPercentile && !percentiles ? std::string() : differs;
    }

    QTemporaryDir m_dir;
    std::filesystem::path m_path;
    std::vector<CostEvent> m_events;
    std::unique_ptr<QueryService> m_queries;
};

Q_DECLARE_METATYPE(farthing::TimeRange)

QTEST_APPLESS_MAIN(QuestionsTest)
#include "tst_questions.moc"
