// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Events.h"
#include "core/store/PlainSums.h"

#include "core/store/Database.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"

#include <QTemporaryDir>
#include <QTest>

#include <map>

using namespace farthing;

/// Answers from rollups and rows together are those of a plain loop over the events: sums exactly, whatever
/// the range, the filter and the dimension; percentiles within 1 %.
class EventSumsTest : public QObject
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        m_path = m_dir.filePath("events.db").toStdString();
        m_events = eventsApart(Micros(21'345'678), 14'000, 11); // three and a half days
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
