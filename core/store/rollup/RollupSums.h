// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventQuestions.h"
#include "core/store/EventRow.h"
#include "core/store/Wrapping.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace farthing {

/// What a rollup sums up, in the order in which it is stored: counts of events, tokens by class, nano-USD.
enum class RollupSum : std::uint8_t {
    Requests,
    Failed,
    Unpriced,
    Estimated,
    CacheHits,
    Input,
    CachedInput,
    CacheWrite5m,
    CacheWrite1h,
    InputAudio,
    Output,
    Reasoning,
    OutputAudio,
    ServerToolCalls,
    Cost,
    FailedCost,
    ListCostApart, ///< list cost less cost and savings: mostly nothing
    SavedResponseCache,
    SavedTiering,
    SavedBatching,
    SavedPromptCache
};
constexpr std::size_t rollupSumCount = 21;

/// Sums over a set of events. They add up, whatever the sets, and what was added can be taken away again.
struct RollupSums
{
    std::array<std::int64_t, rollupSumCount> values{};

    std::int64_t &operator[](RollupSum sum) { return values[static_cast<std::size_t>(sum)]; }
    std::int64_t operator[](RollupSum sum) const { return values[static_cast<std::size_t>(sum)]; }
    void add(RollupSum sum, std::int64_t value) { (*this)[sum] = wrappingSum((*this)[sum], value); }
    RollupSums &operator+=(const RollupSums &other);
    RollupSums operator-() const;
    bool operator==(const RollupSums &) const = default;

    /// Those of one event: an event without a price counts as unpriced and adds to no money.
    static RollupSums of(const EventRow &row);
    /// Adds them to `total`, percentiles aside.
    void addTo(Aggregate &total) const;
};

/// What a rollup keeps the distribution of, each over the events that have it.
using RollupMeasure = EventMeasure;
constexpr std::size_t rollupMeasureCount = allEventMeasures.size();

/// Where one event falls in each distribution; see LogBuckets.
using RollupBuckets = std::array<std::uint16_t, rollupMeasureCount>;
constexpr std::uint16_t noLogBucket = 0xffff;
RollupBuckets rollupBucketsOf(const EventRow &row);

} // namespace farthing
