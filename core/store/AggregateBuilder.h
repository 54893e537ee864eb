// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Distribution.h"
#include "core/store/rollup/RollupSums.h"

#include <memory>

namespace farthing {

/// Sums events up: rows, or what rollups say of many. An event without a price counts as unpriced and adds to
/// no money and to no cost percentile.
class AggregateBuilder
{
public:
    void add(const EventRow &row);
    /// Leaves its distributions as they are.
    void addSums(const EventRow &row) { m_sums += RollupSums::of(row); }
    void add(RollupSum sum, std::int64_t value) { m_sums.add(sum, value); }
    void add(RollupMeasure measure, std::uint16_t bucket, std::int64_t count)
    {
        of(measure).add(bucket, count);
    }
    void add(const AggregateBuilder &other);
    /// Takes away what was added before.
    void remove(const AggregateBuilder &other);
    [[nodiscard]] bool isEmpty() const { return m_sums == RollupSums(); }
    [[nodiscard]] Money cost() const { return Money::fromNanoUsd(m_sums[RollupSum::Cost]); }
    [[nodiscard]] const RollupSums &sums() const { return m_sums; }
    [[nodiscard]] const Distribution &distribution(RollupMeasure measure) const;
    [[nodiscard]] Aggregate finish() const;

private:
    using Measures = std::array<Distribution, rollupMeasureCount>;
    Distribution &of(RollupMeasure measure)
    {
        if (!m_measures)
            m_measures = std::make_unique<Measures>();
        return (*m_measures)[static_cast<std::size_t>(measure)];
    }

    RollupSums m_sums;
    std::unique_ptr<Measures> m_measures; ///< once there is something in one
};

} // namespace farthing
