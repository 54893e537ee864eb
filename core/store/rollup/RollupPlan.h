// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventScan.h"
#include "core/store/rollup/RollupCube.h"

#include <span>
#include <vector>

namespace farthing {

/// Where the sums of a stretch of time are to be read: together these are every event of it, once.
struct RollupPlan
{
    struct Buckets
    {
        RollupCube cube = RollupCube::ShapeByHour;
        std::int64_t from = 0;
        std::int64_t until = 0; ///< half-open
        bool operator==(const Buckets &) const = default;
    };
    std::vector<Buckets> buckets;
    std::vector<RowRange> rows; ///< what no bucket lies wholly within, and what is not folded in yet

    /// `cubes` may be used, those of longer buckets first. The rollups cover the rows below `folded`.
    static RollupPlan of(RowRange range, std::int64_t folded, std::span<const RollupCube> cubes);
};

} // namespace farthing
