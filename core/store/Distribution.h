// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace farthing {

/// Percentiles of whole numbers ≥ 0 (smaller ones count as 0): exact up to 4,096 values; beyond that from
/// buckets on a log scale, 128 to the octave, so within 0.4 %.
class Distribution
{
public:
    void add(std::int64_t value);
    /// Nearest rank, `percent` in 0..100; 0 where there are no values.
    [[nodiscard]] std::int64_t percentile(double percent) const;
    [[nodiscard]] std::uint64_t count() const { return m_count; }

private:
    static constexpr std::size_t exactLimit = 4096;
    static constexpr unsigned bucketBits = 7;
    using Octave = std::array<std::uint32_t, 1U << bucketBits>;

    void addToBucket(std::int64_t value);

    std::uint64_t m_count = 0;
    mutable std::vector<std::int64_t> m_values; ///< all of them, until there are too many
    std::array<std::unique_ptr<Octave>, 64 - bucketBits> m_octaves;
};

} // namespace farthing
