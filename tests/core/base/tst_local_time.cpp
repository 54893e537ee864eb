// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/LocalTime.h"

#include <QTest>
#include <algorithm>

#include <cstdlib>
#include <ctime>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

/// Zones as POSIX writes them, so that no zone files are needed.
const char *const berlin = "CET-1CEST,M3.5.0,M10.5.0/3";
const char *const kolkata = "IST-5:30";
const char *const newYork = "EST5EDT,M3.2.0,M11.1.0";

void setZone(const char *zone)
{
    ::setenv("TZ", zone, 1);
    ::tzset();
}

Timestamp at(const char *text)
{
    return *parseRfc3339(text);
}

QString textOf(const std::vector<Timestamp> &edges)
{
    QStringList texts;
    for (const Timestamp edge : edges)
        texts.append(QString::fromStdString(formatRfc3339(edge)).remove(".000000Z").remove(":00:00").mid(5));
    return texts.join(' ');
}

} // namespace

class LocalTimeTest : public QObject
{
    Q_OBJECT

private slots:
    void cleanup() { setZone("UTC0"); }

    void theWallClockIsReadBothWays_data()
    {
        QTest::addColumn<QString>("zone");
        for (const char *zone : {"UTC0", berlin, kolkata, newYork})
            QTest::newRow(zone) << QString(zone);
    }
    void theWallClockIsReadBothWays()
    {
        QFETCH(QString, zone);
        setZone(zone.toUtf8());
        // A year in steps that hit every hour and odd minutes; what is shown twice is the first of the two.
        const Micros shown =
            wallClockAt(at("2026-07-01T12:00:00Z")) - wallClockAt(at("2026-01-01T12:00:00Z"));
        for (Timestamp t = at("2026-01-01T00:00:00Z"); t < at("2027-01-01T00:00:00Z"); t += 37min) {
            const Timestamp back = whenWallClockShows(wallClockAt(t));
            QVERIFY(back == t || (back == t - 1h && wallClockAt(back) == wallClockAt(t)));
        }
        QVERIFY(shown >= 181 * 24h);
    }

    void changesOfClocksHaveAnAnswer()
    {
        setZone(berlin);
        const auto when = [](const char *wall) { return whenWallClockShows(at(wall).time_since_epoch()); };
        // 2026-10-25: 03:00 CEST becomes 02:00 CET; 02:30 is shown twice.
        QVERIFY(when("2026-10-25T02:30:00Z") == at("2026-10-25T00:30:00Z"));
        QVERIFY(when("2026-10-25T03:00:00Z") == at("2026-10-25T02:00:00Z"));
        // 2026-03-29: 02:00 CET becomes 03:00 CEST; 02:30 is never shown.
        QVERIFY(when("2026-03-29T02:30:00Z") == at("2026-03-29T01:30:00Z"));
        QVERIFY(when("2026-03-29T03:00:00Z") == at("2026-03-29T01:00:00Z"));
    }

    void stretchesBeginWhereTheWallClockIsRound_data()
    {
        QTest::addColumn<QString>("zone");
        QTest::addColumn<QString>("first");
        QTest::addColumn<QString>("last");
        QTest::addColumn<int>("minutes");
        QTest::addColumn<QString>("edges");
        const auto row = [](const char *name, const char *zone, const char *first, const char *last,
                            int minutes, const char *edges) {
            QTest::newRow(name) << QString(zone) << QString(first) << QString(last) << minutes
                                << QString(edges);
        };
        row("hours in UTC", "UTC0", "2026-11-23T10:20:00Z", "2026-11-23T12:00:00Z", 60,
            "11-23T10 11-23T11 11-23T12 11-23T13");
        row("hours where zones are half an hour off", kolkata, "2026-11-23T10:20:00Z", "2026-11-23T11:20:00Z",
            60, "11-23T09:30:00 11-23T10:30:00 11-23T11:30:00");
        row("days begin at midnight", newYork, "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z", 24 * 60,
            "11-23T05 11-24T05 11-25T05");
        row("a day of 25 hours", berlin, "2026-10-24T12:00:00Z", "2026-10-25T23:30:00Z", 24 * 60,
            "10-23T22 10-24T22 10-25T23 10-26T23");
        row("a day of 23 hours", berlin, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z", 24 * 60,
            "03-27T23 03-28T23 03-29T22");
        row("two hours over a change", berlin, "2026-03-28T23:30:00Z", "2026-03-29T03:00:00Z", 120,
            "03-28T23 03-29T01 03-29T02 03-29T04");
        row("hours over a change are all hours", berlin, "2026-10-24T23:30:00Z", "2026-10-25T02:00:00Z", 60,
            "10-24T23 10-25T00 10-25T01 10-25T02 10-25T03");
        row("weeks begin on Monday", "UTC0", "2026-11-25T10:00:00Z", "2026-11-26T10:00:00Z", 7 * 24 * 60,
            "11-23T00 11-30T00");
        row("one instant", "UTC0", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z", 60, "11-23T10 11-23T11");
        row("before 1970", "UTC0", "1969-12-31T10:20:00Z", "1969-12-31T10:30:00Z", 60, "12-31T10 12-31T11");
    }
    void stretchesBeginWhereTheWallClockIsRound()
    {
        QFETCH(QString, zone);
        QFETCH(QString, first);
        QFETCH(QString, last);
        QFETCH(int, minutes);
        setZone(zone.toUtf8());
        const std::vector<Timestamp> edges =
            wallClockEdges(at(first.toUtf8()), at(last.toUtf8()), std::chrono::minutes(minutes));
        QTEST(textOf(edges), "edges");
        QVERIFY(edges.front() <= at(first.toUtf8()));
        QVERIFY(edges.back() > at(last.toUtf8()));
    }

    void aDayThatWasLeftOutHasNoStretch()
    {
        setZone("Pacific/Apia");
        if (wallClockAt(at("2026-01-01T00:00:00Z")) == at("2026-01-01T00:00:00Z").time_since_epoch())
            QSKIP("the zone is not known here");
        for (const auto &[length, count] :
             {std::pair(Micros(2h), 38), std::pair(Micros(12h), 8), std::pair(Micros(24h), 5)}) {
            const auto edges = wallClockEdges(at("2011-12-29T00:00:00Z"), at("2012-01-01T00:00:00Z"), length);
            QVERIFY(std::ranges::is_sorted(edges, std::less_equal<>()));
            QCOMPARE(edges.size(), std::size_t(count));
        }
    }

    void stretchesOfEveryLengthCoverAYear_data()
    {
        QTest::addColumn<QString>("zone");
        for (const char *zone : {"UTC0", berlin, kolkata, newYork})
            QTest::newRow(zone) << QString(zone);
    }
    void stretchesOfEveryLengthCoverAYear()
    {
        QFETCH(QString, zone);
        setZone(zone.toUtf8());
        for (const Micros length : {Micros(30min), Micros(1h), Micros(2h), Micros(6h), Micros(12h),
                                    Micros(24h), Micros(168h), Micros(336h)}) {
            const Timestamp first = at("2026-01-03T07:11:00Z");
            const auto edges = wallClockEdges(first, at("2027-01-03T00:00:00Z"), length);
            QVERIFY(edges.front() <= first && edges[1] > first);
            for (std::size_t i = 1; i < edges.size(); ++i) {
                QVERIFY(edges[i] > edges[i - 1]);
                QVERIFY(std::chrono::abs(edges[i] - edges[i - 1] - length) <= Micros(length <= 1h ? 0h : 1h));
            }
        }
    }
};

QTEST_GUILESS_MAIN(LocalTimeTest)
#include "tst_local_time.moc"
