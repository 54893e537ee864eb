// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/LogBuckets.h"
#include "core/store/rollup/RollupBatch.h"
#include "core/store/rollup/RollupMerge.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <map>
#include <random>

using namespace farthing;

namespace {

using Histogram = std::map<std::uint16_t, std::int64_t>;

struct Entry
{
    RollupSums sums;
    std::array<Histogram, rollupMeasureCount> measures;
    bool operator==(const Entry &) const = default;
};
using Entries = std::map<RollupKey, Entry>;

RollupPartBytes written(const Entries &entries)
{
    RollupPartWriter writer;
    for (const auto &[key, entry] : entries) {
        writer.entry(key, entry.sums);
        for (std::size_t i = 0; i < rollupMeasureCount; ++i) {
            RollupPartWriter::Counts counts(entry.measures[i].begin(), entry.measures[i].end());
            std::ranges::reverse(counts);
            if (!counts.empty())
                writer.histogram(static_cast<RollupMeasure>(i), counts);
        }
    }
    return writer.finish();
}

/// Nothing where the part is damaged.
std::optional<Entries> read(const RollupPartBytes &part)
{
    const auto reader = RollupPartReader::open(part.sums);
    std::vector<RollupKey> keys;
    if (!reader || !reader->keys(keys))
        return std::nullopt;
    Entries entries;
    bool whole = true;
    for (std::size_t sum = 0; sum < rollupSumCount; ++sum)
        whole &= reader->column(static_cast<RollupSum>(sum), [&](std::size_t entry, std::int64_t value) {
            entries[keys[entry]].sums.values[sum] = value;
        });
    for (std::size_t i = 0; i < rollupMeasureCount; ++i)
        whole &= RollupPartReader::histograms(
            part.measures[i], keys.size(), [&](std::size_t entry, std::uint16_t bucket, std::int64_t count) {
                entries[keys[entry]].measures[i][bucket] = count;
            });
    return whole ? std::optional(entries) : std::nullopt;
}

RollupSums sums(std::int64_t requests, std::int64_t cost)
{
    RollupSums result;
    result[RollupSum::Requests] = requests;
    result[RollupSum::Cost] = cost;
    return result;
}

Entries someEntries(unsigned seed, std::size_t count)
{
    std::mt19937_64 random(seed);
    const auto number = [&random](std::uint64_t below) {
        return static_cast<std::int64_t>(random() % below);
    };
    Entries entries;
    while (entries.size() < count) {
        Entry &entry = entries[{number(1 + count / 4), number(1'000'000)}];
        entry.sums = sums(1 + number(9), number(1'000'000'000));
        for (auto &value : entry.sums.values)
            value += number(4) == 0 ? number(2000) - 1000 : 0;
        for (auto &measure : entry.measures)
            for (auto buckets = number(5); buckets > 0; --buckets)
                measure[static_cast<std::uint16_t>(number(logBucketCount))] = 1 + number(3);
    }
    return entries;
}

std::array<std::string_view, rollupMeasureCount> views(const RollupPartBytes &part)
{
    std::array<std::string_view, rollupMeasureCount> all;
    std::ranges::copy(part.measures, all.begin());
    return all;
}

EventRow eventAt(Timestamp time, std::int64_t shape, std::int64_t user, std::int64_t tokens)
{
    EventRow row;
    row.id = firstRowIdAt(time);
    row.shape = shape;
    row.texts[static_cast<std::size_t>(TextColumn::User)] = user;
    row.event.status = 200;
    row.event.priced = true;
    row.event.usage.input = tokens;
    row.event.cost = Money::fromNanoUsd(tokens * 1000);
    row.event.listCost = Money::fromNanoUsd(tokens * 1500);
    row.event.savings.promptCache = Money::fromNanoUsd(tokens * 400);
    row.event.latencyUs = 1000;
    return row;
}

} // namespace

class RollupPartTest : public QObject
{
    Q_OBJECT

private slots:
    void aBucketsMiddleIsCloseToAllThatFallsIntoIt_data()
    {
        QTest::addColumn<std::int64_t>("value");
        for (const std::int64_t value :
             {std::int64_t(0), std::int64_t(1), std::int64_t(63), std::int64_t(64), std::int64_t(127),
              std::int64_t(128), std::int64_t(129), std::int64_t(255), std::int64_t(256),
              std::int64_t(1'000'003), std::int64_t(987'654'321'012),
              std::numeric_limits<std::int64_t>::max()})
            QTest::addRow("%lld", static_cast<long long>(value)) << value;
    }
    void aBucketsMiddleIsCloseToAllThatFallsIntoIt()
    {
        QFETCH(std::int64_t, value);
        const std::uint16_t bucket = logBucketOf(value);
        QVERIFY(bucket < logBucketCount);
        const auto middle = static_cast<double>(logBucketMiddle(bucket));
        QVERIFY(std::abs(middle - static_cast<double>(value)) <= static_cast<double>(value) / 128);
        if (value < 128)
            QCOMPARE(logBucketMiddle(bucket), value);
        QVERIFY(value == 0 || logBucketOf(value - 1) <= bucket);
        QCOMPARE(logBucketOf(logBucketMiddle(bucket)), bucket);
    }

    void whatIsNegativeCountsAsNothing() { QCOMPARE(logBucketOf(-5), logBucketOf(0)); }

    void aPartReadsAsItWasWritten_data()
    {
        QTest::addColumn<std::size_t>("count");
        for (const std::size_t count : {0, 1, 2, 100, 5000})
            QTest::addRow("%zu entries", count) << count;
    }
    void aPartReadsAsItWasWritten()
    {
        QFETCH(std::size_t, count);
        const Entries entries = someEntries(1, count);
        const auto back = read(written(entries));
        QVERIFY(back);
        QVERIFY(*back == entries);
    }

    void entriesWithoutHistogramsTakeNoBytesForThem()
    {
        const RollupPartBytes part = written({{{7, 0}, {sums(3, 5), {}}}, {{9, 0}, {sums(1, 1), {}}}});
        for (const std::string &measure : part.measures)
            QVERIFY(measure.empty());
        QCOMPARE(read(part)->size(), 2U);
    }

    void damagedBytesAreFoundOut()
    {
        const RollupPartBytes part = written(someEntries(2, 50));
        for (std::size_t size = 0; size < part.sums.size(); ++size)
            QVERIFY2(!read({part.sums.substr(0, size), part.measures}), std::to_string(size).c_str());
        for (std::size_t size = 1; size < part.measures[0].size(); ++size) {
            RollupPartBytes cut = part;
            cut.measures[0].resize(size);
            QVERIFY2(!read(cut), std::to_string(size).c_str());
        }
        RollupPartBytes longer = part;
        longer.measures[1] += '\0';
        QVERIFY(!read(longer));
        std::mt19937_64 random(3); // whatever they say, reading ends
        for (int i = 0; i < 2000; ++i) {
            RollupPartBytes changed = part;
            changed.sums[random() % changed.sums.size()] = static_cast<char>(random());
            changed.measures[0][random() % changed.measures[0].size()] = static_cast<char>(random());
            std::ignore = read(changed);
        }
    }

    void partsAddUp()
    {
        const Entries parts[] = {someEntries(4, 300), someEntries(5, 10), {}, someEntries(6, 2000)};
        RollupMerge merge;
        Entries expected;
        for (const Entries &part : parts) {
            const RollupPartBytes bytes = written(part);
            QVERIFY(merge.add(bytes.sums, views(bytes)));
            for (const auto &[key, entry] : part) {
                Entry &total = expected[key];
                total.sums += entry.sums;
                for (std::size_t i = 0; i < rollupMeasureCount; ++i)
                    for (const auto &[bucket, count] : entry.measures[i])
                        total.measures[i][bucket] += count;
            }
        }
        QVERIFY(*read(merge.finish()) == expected);
    }

    void whatIsTakenAwayAgainLeavesNothing()
    {
        const Timestamp time = *parseRfc3339("2026-11-23T21:10:00Z");
        const EventRow stays = eventAt(time, 3, 4, 100);
        const EventRow goes = eventAt(time, 5, 4, 2000);
        for (const RollupCube cube : allRollupCubes) {
            RollupMerge merge;
            RollupBatch batch;
            const auto add = [&] {
                const auto done =
                    batch.forEachPart(cube, [&](const RollupPlace &, const RollupPartBytes &part) {
                        return merge.add(part.sums, views(part)) ? Result<void>() : Error{"damaged"};
                    });
                batch.clear();
                return done;
            };
            batch.add(stays);
            batch.add(goes);
            QVERIFY(add());
            batch.remove(goes);
            QVERIFY(add());
            const Entries left = *read(merge.finish());
            QCOMPARE(left.size(), 1U);
            QVERIFY(left.begin()->second.sums == RollupSums::of(stays));
            for (const Histogram &measure : left.begin()->second.measures)
                for (const auto &[bucket, count] : measure)
                    QCOMPARE(count, 1);
        }
    }

    void eachRollupPutsAnEventWhereItBelongs_data()
    {
        QTest::addColumn<RollupCube>("cube");
        QTest::addColumn<QStringList>("places"); ///< bucket's begin: first key, second key, requests
        QTest::newRow("shape by hour")
            << RollupCube::ShapeByHour
            << QStringList{"2026-11-23T21:00 3,0: 2", "2026-11-23T21:00 8,0: 1", "2026-11-24T00:00 3,0: 1"};
        QTest::newRow("shape by day")
            << RollupCube::ShapeByDay
            << QStringList{"2026-11-23T00:00 3,0: 2", "2026-11-23T00:00 8,0: 1", "2026-11-24T00:00 3,0: 1"};
        QTest::newRow("user by quarter of a day")
            << RollupCube::UserByQuarterDay
            << QStringList{"2026-11-23T18:00 1,0: 2", "2026-11-23T18:00 2,0: 1", "2026-11-24T00:00 1,0: 1"};
        QTest::newRow("user and shape by quarter of a day")
            << RollupCube::UserShapeByQuarterDay
            << QStringList{"2026-11-23T18:00 1,3: 1", "2026-11-23T18:00 1,8: 1", "2026-11-23T18:00 2,3: 1",
                           "2026-11-24T00:00 1,3: 1"};
    }
    void eachRollupPutsAnEventWhereItBelongs()
    {
        QFETCH(RollupCube, cube);
        QFETCH(QStringList, places);
        const auto at = [](const char *time) { return *parseRfc3339(time); };
        RollupBatch batch;
        batch.add(eventAt(at("2026-11-24T00:00:00Z"), 3, 1, 10));
        batch.add(eventAt(at("2026-11-23T21:00:00Z"), 8, 1, 10));
        batch.add(eventAt(at("2026-11-23T21:59:59.999999Z"), 3, 2, 10));
        batch.add(eventAt(at("2026-11-23T21:10:00Z"), 3, 1, 10));
        QStringList found;
        const auto done = batch.forEachPart(cube, [&](const RollupPlace &place, const RollupPartBytes &part) {
            const Timestamp begin(lengthOf(cube) * place.bucket);
            const Entries entries = *read(part);
            for (const auto &[key, entry] : entries) {
                found << QString("%1 %2,%3: %4")
                             .arg(QString::fromStdString(formatRfc3339(begin)).left(16))
                             .arg(key.first)
                             .arg(key.second)
                             .arg(entry.sums[RollupSum::Requests]);
                if (blockOf(cube, key) != place.block)
                    return Result<void>(Error{"in another's block"});
            }
            return Result<void>();
        });
        QVERIFY(done);
        found.sort();
        QCOMPARE(found, places);
    }

    void anEventAddsUpAsItIs()
    {
        Aggregate total;
        const EventRow row = eventAt(*parseRfc3339("2026-11-23T21:10:00Z"), 1, 1, 200);
        RollupSums::of(row).addTo(total);
        QCOMPARE(total.requests, 1);
        QCOMPARE(total.failed, 0);
        QCOMPARE(total.usage.input, 200);
        QCOMPARE(total.cost.nanoUsd(), 200'000);
        QCOMPARE(total.listCost.nanoUsd(), 300'000); // not cost plus savings: another's words are kept
        QCOMPARE(total.savings.promptCache.nanoUsd(), 80'000);
    }
};

QTEST_APPLESS_MAIN(RollupPartTest)
#include "tst_rollup_part.moc"
