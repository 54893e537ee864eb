// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Distribution.h"
#include "core/store/rollup/RollupSums.h"

namespace farthing {

/// Sums events up: rows, or what rollups say of many. An event without a price counts as unpriced and adds to
/// no money and to no cost percentile.
class AggregateBuilder
{
public:
    void add(const EventRow &row);
    void add(RollupSum sum, std::int64_t value) { m_sums.add(sum, value); }
    void add(RollupMeasure measure, std::uint16_t bucket, std::int64_t count)
    {
        of(measure).add(bucket, count);
    }
    void add(const AggregateBuilder &other);
    [[nodiscard]] std::int64_t requests() const { return m_sums[RollupSum::Requests]; }
    [[nodiscard]] Money cost() const { return Money::fromNanoUsd(m_sums[RollupSum::Cost]); }
    [[nodiscard]] Aggregate finish() const;

private:
    Distribution &of(RollupMeasure measure) { return m_measures[static_cast<std::size_t>(measure)]; }

    RollupSums m_sums;
    std::array<Distribution, rollupMeasureCount> m_measures;
};

} // namespace farthing
