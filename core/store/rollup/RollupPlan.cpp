// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupPlan.h"

#include <algorithm>

namespace farthing {

namespace {

std::int64_t idsPerBucket(RollupCube cube)
{
    return lengthOf(cube).count() * idsPerMicrosecond;
}

std::int64_t roundedUp(std::int64_t id, std::int64_t length)
{
    return id / length + (id % length > 0 ? 1 : 0);
}

/// A last bucket that is folded in as far as it goes lies within the range whole, though it ends behind it:
/// it holds nothing beyond.
void cover(RollupPlan &plan, RowRange range, bool reachesFolded, std::span<const RollupCube> cubes)
{
    if (range.from >= range.until)
        return;
    if (cubes.empty()) {
        plan.rows.push_back(range);
        return;
    }
    const std::int64_t length = idsPerBucket(cubes.front());
    const std::int64_t from = roundedUp(range.from, length);
    const std::int64_t until = reachesFolded ? roundedUp(range.until, length) : range.until / length;
    if (from >= until) {
        cover(plan, range, reachesFolded, cubes.subspan(1));
        return;
    }
    cover(plan, {range.from, from * length}, false, cubes.subspan(1));
    plan.buckets.push_back({cubes.front(), from, until});
    if (!reachesFolded)
        cover(plan, {until * length, range.until}, false, cubes.subspan(1));
}

} // namespace

RollupPlan RollupPlan::of(RowRange range, std::int64_t folded, std::span<const RollupCube> cubes)
{
    range.from = std::max<std::int64_t>(range.from, 0);
    RollupPlan plan;
    cover(plan, {range.from, std::min(range.until, folded)}, range.until >= folded, cubes);
    const RowRange open{std::max(range.from, folded), range.until};
    if (open.from < open.until)
        plan.rows.push_back(open);
    return plan;
}

} // namespace farthing
