// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupPlan.h"

#include <QTest>

using namespace farthing;

namespace {

std::int64_t at(const char *time)
{
    return firstRowIdAt(*parseRfc3339(std::string(time) + "Z"));
}

QString text(std::int64_t id)
{
    if (id == std::numeric_limits<std::int64_t>::max())
        return "the end";
    return QString::fromStdString(formatRfc3339(timeOfRowId(id))).left(16).mid(5);
}

QStringList described(const RollupPlan &plan)
{
    QStringList pieces;
    for (const RollupPlan::Buckets &buckets : plan.buckets) {
        const Micros length = lengthOf(buckets.cube);
        pieces << QString("%1h %2 to %3")
                      .arg(std::chrono::duration_cast<std::chrono::hours>(length).count())
                      .arg(text(firstRowIdAt(Timestamp(length * buckets.from))),
                           text(firstRowIdAt(Timestamp(length * buckets.until))));
    }
    for (const RowRange &rows : plan.rows)
        pieces << QString("rows %1 to %2").arg(text(rows.from), text(rows.until));
    return pieces;
}

} // namespace

/// Every event of the range once: from the longest buckets that lie within it whole.
class RollupPlanTest : public QObject
{
    Q_OBJECT

private slots:
    void theLongestBucketsThatFitAreTaken_data()
    {
        QTest::addColumn<QString>("since");
        QTest::addColumn<QString>("until");
        QTest::addColumn<QStringList>("pieces");
        const auto row = [](const char *name, const char *since, const char *until, QStringList pieces) {
            QTest::newRow(name) << since << until << pieces;
        };
        row("whole days", "2026-11-01T00:00:00", "2026-11-03T00:00:00", {"24h 11-01T00:00 to 11-03T00:00"});
        row("whole hours beside days", "2026-11-01T22:00:00", "2026-11-03T02:00:00",
            {"1h 11-01T22:00 to 11-02T00:00", "24h 11-02T00:00 to 11-03T00:00",
             "1h 11-03T00:00 to 11-03T02:00"});
        row("from the middle of an hour to that of another", "2026-11-01T22:30:00", "2026-11-03T01:15:00",
            {"1h 11-01T23:00 to 11-02T00:00", "24h 11-02T00:00 to 11-03T00:00",
             "1h 11-03T00:00 to 11-03T01:00", "rows 11-01T22:30 to 11-01T23:00",
             "rows 11-03T01:00 to 11-03T01:15"});
        row("within an hour", "2026-11-01T22:10:00", "2026-11-01T22:50:00",
            {"rows 11-01T22:10 to 11-01T22:50"});
        row("within a day", "2026-11-01T20:00:00", "2026-11-01T22:00:00", {"1h 11-01T20:00 to 11-01T22:00"});
        row("beyond what is folded in", "2026-11-09T00:00:00", "2026-11-12T00:00:00",
            {"24h 11-09T00:00 to 11-11T00:00", "rows 11-10T10:20 to 11-12T00:00"});
        row("up to what is folded in", "2026-11-10T00:00:00", "2026-11-10T10:20:00",
            {"24h 11-10T00:00 to 11-11T00:00"});
        row("not quite up to it", "2026-11-10T00:00:00", "2026-11-10T10:19:00",
            {"1h 11-10T00:00 to 11-10T10:00", "rows 11-10T10:00 to 11-10T10:19"});
        row("from the day on of which a part is folded in", "2026-11-10T08:30:00", "2026-11-10T11:00:00",
            {"1h 11-10T09:00 to 11-10T11:00", "rows 11-10T08:30 to 11-10T09:00",
             "rows 11-10T10:20 to 11-10T11:00"});
        row("nothing is folded in of it", "2026-11-10T11:00:00", "2026-11-10T12:00:00",
            {"rows 11-10T11:00 to 11-10T12:00"});
        row("within the hour of which a part is folded in", "2026-11-10T10:10:00", "2026-11-10T10:30:00",
            {"rows 11-10T10:10 to 11-10T10:20", "rows 11-10T10:20 to 11-10T10:30"});
        row("no time at all", "2026-11-03T00:00:00", "2026-11-03T00:00:00", {});
        row("an end before its begin", "2026-11-03T00:00:00", "2026-11-02T00:00:00", {});
    }
    void theLongestBucketsThatFitAreTaken()
    {
        QFETCH(QString, since);
        QFETCH(QString, until);
        QFETCH(QStringList, pieces);
        static constexpr RollupCube cubes[] = {RollupCube::ShapeByDay, RollupCube::ShapeByHour};
        const RowRange range{at(since.toUtf8().constData()), at(until.toUtf8().constData())};
        QCOMPARE(described(RollupPlan::of(range, at("2026-11-10T10:20:00"), cubes)), pieces);
    }

    void withoutBoundsItIsEverything()
    {
        static constexpr RollupCube cubes[] = {RollupCube::ShapeByDay};
        QCOMPARE(described(RollupPlan::of({}, at("2026-11-10T10:20:00"), cubes)),
                 QStringList({"24h 01-01T00:00 to 11-11T00:00", "rows 11-10T10:20 to the end"}));
        QCOMPARE(described(RollupPlan::of({}, 0, cubes)), QStringList("rows 01-01T00:00 to the end"));
        QCOMPARE(described(RollupPlan::of({}, at("2026-11-10T10:20:00"), {})),
                 QStringList({"rows 01-01T00:00 to 11-10T10:20", "rows 11-10T10:20 to the end"}));
    }
};

QTEST_APPLESS_MAIN(RollupPlanTest)
#include "tst_rollup_plan.moc"
