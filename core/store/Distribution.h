// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/rollup/LogBuckets.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace farthing {

/// Percentiles of whole numbers ≥ 0 (smaller ones count as 0): exact for up to 4,096 values that are added
/// one by one; otherwise from buckets on a log scale, within 0.8 %.
class Distribution
{
public:
    void add(std::int64_t value);
    /// Values of which only the bucket is known. A negative count takes away.
    void add(std::uint16_t bucket, std::int64_t count)
    {
        m_count += count;
        if (m_octaves)
            if (Octave *const octave = (*m_octaves)[bucket >> logStepBits].get()) {
                (*octave)[bucket % Octave().size()] += count;
                return;
            }
        addToNew(bucket, count);
    }
    void add(const Distribution &other);
    /// Takes away what was added before; what is left is known by its buckets alone.
    void remove(const Distribution &other);
    /// Nearest rank, `percent` in 0..100; 0 where there are no values.
    [[nodiscard]] std::int64_t percentile(double percent) const;
    [[nodiscard]] std::int64_t count() const { return m_count; }
    /// What was added, ascending: values, or the middles of their buckets, and how many there are of each.
    struct Share
    {
        std::int64_t value = 0;
        std::int64_t count = 0;
    };
    [[nodiscard]] std::vector<Share> shares() const;
    /// No value is above this.
    [[nodiscard]] std::int64_t upperBound() const;

private:
    static constexpr std::size_t exactLimit = 4096;
    static constexpr std::size_t sparseLimit = 512;
    using Octave = std::array<std::int64_t, std::size_t(1) << logStepBits>;
    using Octaves = std::array<std::unique_ptr<Octave>, (logBucketCount >> logStepBits)>;
    void addToNew(std::uint16_t bucket, std::int64_t count);
    void addToBuckets(std::uint16_t bucket, std::int64_t count);
    /// Calls `visit(bucket, count)` in ascending order until it says false.
    template <class Visit>
    void visitBuckets(const Visit &visit) const;

    std::int64_t m_count = 0;
    mutable std::vector<std::int64_t> m_values; ///< all of them, until there are too many
    mutable LogBucketCounts m_sparse;           ///< while there are few
    std::unique_ptr<Octaves> m_octaves;         ///< once there are many
};

} // namespace farthing
