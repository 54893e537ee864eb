// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace farthing {

/// A log scale of whole numbers ≥ 0 (smaller ones count as 0), 64 steps to the octave: each number below 128
/// has a bucket of its own, and the middle of any other is within 0.8 % of all that falls into it.
constexpr unsigned logStepBits = 6;
constexpr std::size_t logBucketCount = std::size_t(64 - logStepBits) << logStepBits;

constexpr std::uint16_t logBucketOf(std::int64_t value)
{
    const auto v = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    const auto bits = static_cast<unsigned>(std::bit_width(v));
    const unsigned octave = bits > logStepBits ? bits - logStepBits : 0;
    const unsigned shift = octave > 0 ? octave - 1 : 0;
    const std::uint64_t step = (v >> shift) & ((1U << logStepBits) - 1);
    return static_cast<std::uint16_t>((octave << logStepBits) + step);
}

constexpr std::int64_t logBucketMiddle(std::uint16_t bucket)
{
    const unsigned octave = bucket >> logStepBits;
    const std::uint64_t step = bucket & ((1U << logStepBits) - 1);
    if (octave == 0)
        return static_cast<std::int64_t>(step);
    const std::uint64_t width = std::uint64_t(1) << (octave - 1);
    return static_cast<std::int64_t>(((std::uint64_t(1) << logStepBits) + step) * width + width / 2);
}

/// Buckets with their counts, which may be negative where something was taken away.
using LogBucketCounts = std::vector<std::pair<std::uint16_t, std::int64_t>>;
/// Leaves each bucket once, in ascending order, where it has a count.
void addUp(LogBucketCounts &counts);

} // namespace farthing
