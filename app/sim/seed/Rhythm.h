// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <cstdint>
#include <vector>

namespace farthing::sim {

/// When a team's calls begin: more by day (UTC) than at night, fewer at weekends, and ever more from week to
/// week. The calls of a period are dealt out to its hours by that; their number is met exactly.
class Rhythm
{
public:
    Rhythm(Timestamp since, Timestamp until, std::uint64_t calls);
    /// The next call's instant, never before the last one's; `draw` in [0, 1) places it within its share of
    /// the hour. To be asked once for each call.
    Timestamp next(double draw);

private:
    struct Hour
    {
        Timestamp begin;
        Micros length{0};
        std::uint64_t calls = 0;
    };
    std::vector<Hour> m_hours; ///< those that have calls
    std::size_t m_hour = 0;
    std::uint64_t m_made = 0; ///< in this hour
};

} // namespace farthing::sim
