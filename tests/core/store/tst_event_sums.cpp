// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"

#include "core/model/Names.h"
#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>
#include <map>

using namespace farthing;

namespace {

std::string valueOf(const CostEvent &e, Dimension dimension)
{
    switch (dimension) {
    case Dimension::Workflow:
        return e.workflow;
    case Dimension::User:
        return e.user;
    case Dimension::Feature:
        return e.feature;
    case Dimension::Model:
        return e.model();
    case Dimension::Provider:
        return e.provider;
    case Dimension::Session:
        return e.session;
    case Dimension::Endpoint:
        return e.endpoint;
    case Dimension::Status:
        return std::to_string(e.status);
    case Dimension::Cache:
        return std::string(nameOf(e.cache));
    case Dimension::Tier:
        return std::string(nameOf(e.tier));
    case Dimension::Client:
        return e.client;
    case Dimension::Day:
        return formatRfc3339(e.time).substr(0, 10);
    case Dimension::Hour:
        return formatRfc3339(e.time).substr(0, 13) + ":00Z";
    }
    return {};
}

bool accepts(const EventFilter &filter, const CostEvent &e)
{
    if ((filter.range.since && e.time < *filter.range.since) ||
        (filter.range.until && e.time >= *filter.range.until))
        return false;
    return std::ranges::all_of(filter.dimensions, [&](const DimensionFilter &condition) {
        const bool is = std::ranges::count(condition.values, valueOf(e, condition.dimension)) > 0;
        return is != condition.exclude;
    });
}

using Values = std::vector<std::int64_t>;

/// Nearest rank, of sorted values.
std::int64_t percentile(const Values &values, int percent)
{
    if (values.empty())
        return 0;
    const auto rank =
        static_cast<std::size_t>(std::ceil(percent / 100.0 * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(rank, 1) - 1];
}

/// What a plain loop over the events makes of them.
struct Expected
{
    Aggregate sums;
    Values costs, tokens, latencies, firstTokens, overheads;

    void add(const CostEvent &e)
    {
        ++sums.requests;
        sums.failed += e.delivered() ? 0 : 1;
        sums.unpriced += e.priced ? 0 : 1;
        sums.estimated += e.usageSource == UsageSource::Estimated ? 1 : 0;
        sums.cacheHits += e.cache != CacheKind::None ? 1 : 0;
        sums.usage += e.usage;
        if (e.cost) {
            sums.cost += *e.cost;
            sums.failedCost += e.delivered() ? Money() : *e.cost;
            costs.push_back(e.cost->nanoUsd());
        }
        if (e.listCost) {
            sums.listCost += *e.listCost;
            sums.savings.responseCache += e.savings.responseCache;
            sums.savings.tiering += e.savings.tiering;
            sums.savings.batching += e.savings.batching;
            sums.savings.promptCache += e.savings.promptCache;
        }
        tokens.push_back(e.usage.input + e.usage.output);
        latencies.push_back(e.latencyUs);
        if (e.ttftUs >= 0)
            firstTokens.push_back(e.ttftUs);
        overheads.push_back(e.overheadUs);
    }
};

bool isClose(std::int64_t found, std::int64_t exact)
{
    return std::abs(static_cast<double>(found - exact)) <= 0.01 * static_cast<double>(exact);
}

/// Empty where they agree, else what does not.
std::string difference(const Aggregate &found, Expected expected)
{
    const Aggregate &sums = expected.sums;
    if (std::tie(found.requests, found.failed, found.unpriced, found.estimated, found.cacheHits) !=
        std::tie(sums.requests, sums.failed, sums.unpriced, sums.estimated, sums.cacheHits))
        return "counts";
    if (!(found.usage == sums.usage))
        return "tokens";
    if (found.cost != sums.cost || found.failedCost != sums.failedCost || found.listCost != sums.listCost ||
        !(found.savings == sums.savings))
        return "money";
    for (Values *values : {&expected.costs, &expected.tokens, &expected.latencies, &expected.firstTokens,
                           &expected.overheads})
        std::ranges::sort(*values);
    const std::tuple<const char *, std::int64_t, std::int64_t> percentiles[] = {
        {"cost p50", found.costP50.nanoUsd(), percentile(expected.costs, 50)},
        {"cost p95", found.costP95.nanoUsd(), percentile(expected.costs, 95)},
        {"cost p99", found.costP99.nanoUsd(), percentile(expected.costs, 99)},
        {"tokens p50", found.tokensP50, percentile(expected.tokens, 50)},
        {"tokens p95", found.tokensP95, percentile(expected.tokens, 95)},
        {"tokens p99", found.tokensP99, percentile(expected.tokens, 99)},
        {"latency p50", found.latencyP50Us, percentile(expected.latencies, 50)},
        {"latency p95", found.latencyP95Us, percentile(expected.latencies, 95)},
        {"latency p99", found.latencyP99Us, percentile(expected.latencies, 99)},
        {"first token p50", found.ttftP50Us, percentile(expected.firstTokens, 50)},
        {"first token p95", found.ttftP95Us, percentile(expected.firstTokens, 95)},
        {"overhead p50", found.overheadP50Us, percentile(expected.overheads, 50)},
        {"overhead p95", found.overheadP95Us, percentile(expected.overheads, 95)},
    };
    for (const auto &[what, is, ought] : percentiles)
        if (!isClose(is, ought))
            return std::string(what) + ": " + std::to_string(is) + " instead of " + std::to_string(ought);
    return {};
}

TimeRange range(const char *since, const char *until)
{
    TimeRange result;
    if (*since != '\0')
        result.since = *parseRfc3339(since);
    if (*until != '\0')
        result.until = *parseRfc3339(until);
    return result;
}

} // namespace

/// Answers from rollups and rows together are those of a plain loop over the events: sums exactly, whatever
/// the range, the filter and the dimension; percentiles within 1 %.
class EventSumsTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_path = m_dir.filePath("events.db").toStdString();
        EventMaker maker(11);
        UuidV7Generator ids;
        Timestamp time = *parseRfc3339("2026-10-30T21:47:11.5Z");
        for (int i = 0; i < 14'000; ++i) { // three and a half days
            CostEvent &event = m_events.emplace_back(maker.make());
            event.time = time += Micros(21'345'678);
            event.eventId = ids.make(time);
        }
        QVERIFY(writeEvents(m_path, m_events).ok());
        m_queries = *QueryService::open(m_path);
    }

    void sumsAreThoseOfTheEvents_data()
    {
        QTest::addColumn<TimeRange>("range");
        QTest::addColumn<QStringList>("conditions");
        const TimeRange whole;
        const TimeRange middle = range("2026-10-31T04:31:07.000001Z", "2026-11-02T15:12:44Z");
        const TimeRange hour = range("2026-11-01T04:10:00Z", "2026-11-01T04:50:00Z");
        QTest::newRow("everything") << whole << QStringList();
        QTest::newRow("from and to the middle of hours") << middle << QStringList();
        QTest::newRow("less than an hour") << hour << QStringList();
        QTest::newRow("from an hour on") << range("2026-11-02T05:00:00Z", "") << QStringList();
        QTest::newRow("until a day") << range("", "2026-11-01T00:00:00Z") << QStringList();
        QTest::newRow("nothing there") << range("2027-01-01T00:00:00Z", "") << QStringList();
        QTest::newRow("one workflow") << middle << QStringList("workflow=tag");
        QTest::newRow("two of them, not one model")
            << middle << QStringList({"workflow=tag,größe", "model!=gpt-4o"});
        QTest::newRow("one user") << middle << QStringList("user=u_7");
        QTest::newRow("all but two users") << middle << QStringList("user!=u_7,u_8");
        QTest::newRow("three dimensions")
            << middle << QStringList({"user=u_7,u_12,u_13", "provider=openai", "status=499"});
        QTest::newRow("a session") << middle << QStringList("session=s1");
        QTest::newRow("a day") << whole << QStringList("day=2026-11-01");
        QTest::newRow("an hour and a user") << whole << QStringList({"hour=2026-11-01T05:00Z", "user=u_3"});
        QTest::newRow("not these hours") << middle << QStringList("hour!=2026-11-01T05:00Z");
        QTest::newRow("what is nowhere") << whole << QStringList("workflow=nowhere");
    }
    void sumsAreThoseOfTheEvents()
    {
        QFETCH(TimeRange, range);
        QFETCH(QStringList, conditions);
        EventFilter filter{range, {}};
        for (const QString &condition : conditions)
            filter.dimensions.push_back(*parseDimensionFilter(condition.toStdString()));
        std::vector<const CostEvent *> accepted;
        Expected total;
        for (const CostEvent &event : m_events)
            if (accepts(filter, event)) {
                accepted.push_back(&event);
                total.add(event);
            }
        for (std::size_t i = 0; i < dimensionCount; ++i) {
            const auto dimension = static_cast<Dimension>(i);
            std::map<std::string, Expected> expected;
            for (const CostEvent *event : accepted)
                expected[valueOf(*event, dimension)].add(*event);
            const auto found = m_queries->groupBy(dimension, filter);
            QVERIFY2(found.ok(), found.ok() ? "" : found.error().toString().c_str());
            const std::string by = "by " + std::string(nameOf(dimension));
            QVERIFY2(found->rows.size() == expected.size(), by.c_str());
            for (const GroupRow &row : found->rows) {
                const std::string differs = difference(row.total, expected[row.key]);
                QVERIFY2(differs.empty(), (by + ", " + row.key + ": " + differs).c_str());
            }
            const std::string differs = difference(found->total, total);
            QVERIFY2(differs.empty(), (by + ", in all: " + differs).c_str());
        }
    }

    void costOverTimeIsThatOfTheEvents_data()
    {
        QTest::addColumn<TimeRange>("range");
        QTest::addColumn<std::size_t>("most");
        QTest::addColumn<QString>("condition");
        const TimeRange middle = range("2026-10-31T04:31:07.000001Z", "2026-11-02T15:12:44Z");
        QTest::newRow("everything, by days") << TimeRange() << std::size_t(8) << "";
        QTest::newRow("by hours") << middle << std::size_t(100) << "";
        QTest::newRow("by minutes") << range("2026-11-01T04:10:00Z", "2026-11-01T04:50:00Z")
                                    << std::size_t(60) << "";
        QTest::newRow("of one user") << middle << std::size_t(12) << "user=u_5";
        QTest::newRow("of one model") << middle << std::size_t(12) << "model=gpt-4o";
        QTest::newRow("of one session") << middle << std::size_t(12) << "session=s2";
    }
    void costOverTimeIsThatOfTheEvents()
    {
        QFETCH(TimeRange, range);
        QFETCH(std::size_t, most);
        QFETCH(QString, condition);
        EventFilter filter{range, {}};
        if (!condition.isEmpty())
            filter.dimensions.push_back(*parseDimensionFilter(condition.toStdString()));
        for (const auto &[dimension, keys] :
             {std::pair(Dimension::Workflow, std::vector<std::string>{"tag", "größe"}),
              std::pair(Dimension::User, std::vector<std::string>{"u_5"}),
              std::pair(Dimension::Session, std::vector<std::string>{"s1"})}) {
            const auto found = m_queries->costOverTime(dimension, keys, filter, most);
            QVERIFY2(found.ok(), found.ok() ? "" : found.error().toString().c_str());
            std::vector<std::vector<Money>> expected(keys.size() + 1, std::vector<Money>(found->stretches()));
            for (const CostEvent &event : m_events) {
                if (!accepts(filter, event) || !event.cost)
                    continue;
                const auto series = std::ranges::find(keys, valueOf(event, dimension)) - keys.begin();
                const auto after = std::ranges::upper_bound(found->edges, event.time) - found->edges.begin();
                expected[static_cast<std::size_t>(series)][static_cast<std::size_t>(after - 1)] +=
                    *event.cost;
            }
            QVERIFY2(found->series == expected, std::string(nameOf(dimension)).c_str());
        }
    }

    void aDamagedRollupIsNamed()
    {
        const auto path = std::filesystem::path(m_dir.filePath("damaged.db").toStdString());
        QVERIFY(writeEvents(path, std::span(m_events).first(12'000)).ok());
        {
            auto database = Database::open(path, Database::Access::ReadWrite);
            QVERIFY(database->execute("UPDATE rollups SET sums = x'07'").ok());
        }
        const auto found = (*QueryService::open(path))->groupBy(Dimension::Workflow, {});
        QVERIFY(!found.ok());
        QVERIFY2(found.error().toString().find("doctor --rebuild") != std::string::npos,
                 found.error().toString().c_str());
    }

    void aQuestionCanBeCancelled()
    {
        const std::atomic<bool> cancelled = true;
        QVERIFY(!m_queries->groupBy(Dimension::User, {}, &cancelled).ok());
        QVERIFY(!m_queries->costOverTime(Dimension::User, {}, {}, 10, &cancelled).ok());
    }

private:
    QTemporaryDir m_dir;
    std::filesystem::path m_path;
    std::vector<CostEvent> m_events;
    std::unique_ptr<QueryService> m_queries;
};

Q_DECLARE_METATYPE(farthing::TimeRange)

QTEST_APPLESS_MAIN(EventSumsTest)
#include "tst_event_sums.moc"
