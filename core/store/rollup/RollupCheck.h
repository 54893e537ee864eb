// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace farthing {

/// What a comparison of the rollups with the rows has found.
struct RollupVerdict
{
    std::uint64_t events = 0;       ///< rows that the rollups cover
    std::uint64_t damaged = 0;      ///< rows that cannot be read, and are in no rollup
    std::uint64_t places = 0;       ///< stretches of time and blocks that were compared
    std::uint64_t different = 0;    ///< of them
    std::uint64_t alone = 0;        ///< further ones, whose events are no longer kept: they were only read
    std::vector<std::string> first; ///< of those that differ, some, in words

    void addDifference(std::string what);
};

/// Called now and then with the share that is done, 0 to 1; false ends it, as an error that says so.
using RollupProgress = std::function<bool(double)>;

/// Sums the rows up anew, on a snapshot and beside the store, and compares; so it does with the lists of the
/// most expensive events. Changes nothing.
Result<RollupVerdict> verifyRollups(const std::filesystem::path &database,
                                    const RollupProgress &progress = {});

/// Drops the rollups and those lists and makes them anew from the rows, but for sums whose events are no
/// longer kept, in many transactions: answers stay right meanwhile, and where it ends early, whoever writes
/// to the store goes on with it. How many rows they cover now.
Result<std::uint64_t> rebuildRollups(const std::filesystem::path &database,
                                     const RollupProgress &progress = {});

} // namespace farthing
