// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace farthing {

/// No call has as many tokens, nor costs more than a million dollars: a provider's error. Sums of what keeps
/// to this stay far from overflowing.
constexpr std::int64_t mostTokens = 1'000'000'000'000;
constexpr std::int64_t mostNanoUsd = 1'000'000'000'000'000;
/// A year of microseconds: batches take days, and only a clock that was never set says more.
constexpr std::int64_t mostLatencyUs = 366LL * 24 * 60 * 60 * 1'000'000;

} // namespace farthing
