// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace farthing::sim {

struct SeedOptions
{
    std::string dataDir;
    std::uint64_t events = 100'000;
    int days = 30;
    std::string until; ///< RFC 3339; empty is now
    std::size_t workflows = 200;
    std::size_t users = 20'000;
    std::uint64_t seed = 1;
};

/// Fills an empty store with a team's events, see Population. Returns 0, 1 where it failed, 2 where an
/// argument is wrong.
int seed(const SeedOptions &options);

} // namespace farthing::sim
