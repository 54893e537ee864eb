// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace farthing {

/// Sums and differences that wrap around: imports may say what they like, and it comes back as it was.
constexpr std::int64_t wrappingSum(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
constexpr std::int64_t wrappingDifference(std::int64_t a, std::int64_t b)
{
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

} // namespace farthing
