// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/DistributionAnswer.h"

#include <algorithm>
#include <cmath>

namespace farthing {

namespace {

/// A power of 2, or one of 1, 2, 4, 8 steps between two of them.
struct Scale
{
    int stepsAnOctave = 1;

    [[nodiscard]] std::int64_t edge(int number) const
    {
        return static_cast<std::int64_t>(
            std::llround(std::exp2(static_cast<double>(number) / stepsAnOctave)));
    }
    [[nodiscard]] int binOf(std::int64_t value) const
    {
        auto bin = static_cast<int>(std::floor(std::log2(static_cast<double>(value)) * stepsAnOctave));
        while (edge(bin + 1) <= value)
            ++bin;
        while (edge(bin) > value)
            --bin;
        return bin;
    }
};

/// What a curve of requests is drawn with: enough for any screen.
constexpr std::size_t mostPoints = 2048;

} // namespace

Result<EventHistogram> histogramOf(const StoreReader &store, EventMeasure measure, const EventFilter &filter,
                                   std::size_t most, const std::atomic<bool> *cancel)
{
    std::vector<Distribution::Share> shares;
    const auto instead = toldInstead(store, {}, filter);
    if (!instead)
        return instead.error();
    auto done = forEachGroup(
        store, {}, filter, WantedSums::of({RollupSum::Requests}, {measure}), cancel,
        [&](const GroupKey &, const AggregateBuilder &all) { shares = all.distribution(measure).shares(); });
    if (!done)
        return done.error();
    EventHistogram histogram;
    histogram.instead = *instead;
    std::int64_t zeros = 0;
    while (!shares.empty() && shares.front().value == 0) {
        zeros += shares.front().count;
        shares.erase(shares.begin());
    }
    if (zeros > 0)
        histogram.bins.push_back({0, 1, zeros});
    if (shares.empty())
        return histogram;
    const std::size_t room = std::max<std::size_t>(most, 2) - histogram.bins.size();
    Scale scale{8};
    const auto binsWith = [&] {
        const int bins = 1 + scale.binOf(shares.back().value) - scale.binOf(shares.front().value);
        return static_cast<std::size_t>(bins);
    };
    while (scale.stepsAnOctave > 1 && binsWith() > room)
        scale.stepsAnOctave /= 2;
    const int first = scale.binOf(shares.front().value);
    const auto together = static_cast<int>((binsWith() + room - 1) / room); // bins that become one
    for (const auto &[value, count] : shares) {
        const int bin = first + (scale.binOf(value) - first) / together * together;
        while (histogram.bins.empty() || histogram.bins.back().from < scale.edge(bin)) {
            const bool isFirst = histogram.bins.empty() || histogram.bins.back().until == 1;
            const int from = isFirst ? first : scale.binOf(histogram.bins.back().until);
            histogram.bins.push_back({scale.edge(from), scale.edge(from + together), 0});
        }
        histogram.bins.back().count += count;
    }
    return histogram;
}

Result<SpendCurve> spendCurveOf(const StoreReader &store, std::optional<Dimension> of,
                                const EventFilter &filter, const std::atomic<bool> *cancel)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> costs; // of one item, and how many cost that
    std::int64_t total = 0;
    std::vector<Dimension> by;
    if (of)
        by.push_back(*of);
    const auto instead = toldInstead(store, by, filter);
    if (!instead)
        return instead.error();
    Result<void> done;
    if (of) {
        done = forEachGroup(store, by, filter, WantedSums::of({RollupSum::Requests, RollupSum::Cost}), cancel,
                            [&](const GroupKey &, const AggregateBuilder &group) {
                                costs.emplace_back(group.cost().nanoUsd(), 1);
                                total += group.cost().nanoUsd();
                            });
    } else {
        done = forEachGroup(
            store, {}, filter, WantedSums::of({RollupSum::Requests, RollupSum::Cost}, {EventMeasure::Cost}),
            cancel, [&](const GroupKey &, const AggregateBuilder &all) {
                for (const auto &[value, count] : all.distribution(EventMeasure::Cost).shares())
                    costs.emplace_back(value, count);
                total = all.cost().nanoUsd();
            });
    }
    if (!done)
        return done.error();
    std::ranges::sort(costs, std::greater());
    double known = 0;
    for (const auto &[cost, count] : costs)
        known += static_cast<double>(cost) * static_cast<double>(count);
    // What lies within a bucket is known to add up to the total.
    const double scale = known > 0 ? static_cast<double>(total) / known : 1;
    SpendCurve curve;
    curve.instead = *instead;
    SpendCurve::Point sum;
    double spent = 0;
    const std::size_t step = costs.size() / mostPoints + 1;
    for (std::size_t i = 0; i < costs.size(); ++i) {
        sum.items += costs[i].second;
        spent += static_cast<double>(costs[i].first) * static_cast<double>(costs[i].second) * scale;
        sum.cost = Money::fromNanoUsd(std::llround(spent));
        if (i % step == step - 1 || i + 1 == costs.size())
            curve.points.push_back(sum);
    }
    if (!curve.points.empty())
        curve.points.back().cost = Money::fromNanoUsd(total);
    return curve;
}

double SpendCurve::costOfTop(double share) const
{
    if (points.empty() || points.back().cost <= Money())
        return 0;
    const double wanted = share * static_cast<double>(points.back().items);
    const auto total = static_cast<double>(points.back().cost.nanoUsd());
    Point before;
    for (const Point &point : points) {
        if (static_cast<double>(point.items) >= wanted) {
            const double part = (wanted - static_cast<double>(before.items)) /
                                static_cast<double>(std::max<std::int64_t>(point.items - before.items, 1));
            const auto cost = static_cast<double>(before.cost.nanoUsd());
            return (cost + part * (static_cast<double>(point.cost.nanoUsd()) - cost)) / total;
        }
        before = point;
    }
    return 1;
}

} // namespace farthing
