// SPDX-License-Identifier: GPL-3.0-or-later
// Questions about a time whose events are gone: nobody is told a wrong sum.
#include "core/store/rollup/RollupCheck.h"
#include "tests/core/store/AgedStore.h"

#include <QTest>

using namespace farthing;
using namespace std::chrono_literals;

class HorizonTest : public QObject, private AgedStore
{
    Q_OBJECT

private slots:
    void initTestCase()
    {
        renew();
        QVERIFY(remove({4, 0}));
        m_aged = std::move(m_dir);
    }
    void init() { renewFrom(*m_aged); }

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
        const auto queries = open();
        Money sum;
        for (Timestamp at = *parseRfc3339("2026-10-30T20:17:00Z"); at < now; at += 97min)
            sum += queries->groupBy(Dimension::Workflow, {{at, at + 97min}, {}})->total.cost;
        QVERIFY(sum == queries->groupBy(Dimension::Workflow, {})->total.cost);
    }

    void whatRowsAloneTellIsRefusedByName()
    {
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

    void aYoungStoreIsAnsweredAsBefore()
    {
        renew();
        const auto before = open()->groupBy(Dimension::Session, {});
        QVERIFY(remove({100, 0}));
        const auto after = open()->groupBy(Dimension::Session, {range("2026-10-01T10:30:00Z", ""), {}});
        QVERIFY2(after.ok(), after.ok() ? "" : after.error().toString().c_str());
        QVERIFY(after->total == before->total && !after->instead);
        QVERIFY(all() == m_events);
    }

private:
    std::unique_ptr<QTemporaryDir> m_aged; ///< its events are kept for four days
};

QTEST_GUILESS_MAIN(HorizonTest)
#include "tst_horizon.moc"
