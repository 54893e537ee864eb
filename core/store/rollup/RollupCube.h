// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventRow.h"
#include "core/store/rollup/RollupPart.h"

#include <array>
#include <chrono>
#include <cstdint>

namespace farthing {

/// What rollups there are. A shape holds every dimension but user and session, so by shape is by workflow, by
/// feature, by model, by status and by all their combinations.
enum class RollupCube : std::uint8_t {
    ShapeByHour,
    ShapeByDay,
    UserByQuarterDay,
    UserShapeByQuarterDay,
    AllByHour, ///< one entry
    UserByDay
};
inline constexpr std::array allRollupCubes = {RollupCube::ShapeByHour,      RollupCube::ShapeByDay,
                                              RollupCube::UserByQuarterDay, RollupCube::UserShapeByQuarterDay,
                                              RollupCube::AllByHour,        RollupCube::UserByDay};

constexpr Micros lengthOf(RollupCube cube)
{
    using namespace std::chrono_literals;
    switch (cube) {
    case RollupCube::ShapeByHour:
    case RollupCube::AllByHour:
        return 1h;
    case RollupCube::ShapeByDay:
    case RollupCube::UserByDay:
        return 24h;
    case RollupCube::UserByQuarterDay:
    case RollupCube::UserShapeByQuarterDay:
        break;
    }
    return 6h;
}
constexpr bool isByShape(RollupCube cube)
{
    return cube == RollupCube::ShapeByHour || cube == RollupCube::ShapeByDay ||
           cube == RollupCube::UserShapeByQuarterDay;
}
constexpr bool isByUser(RollupCube cube)
{
    return cube == RollupCube::UserByQuarterDay || cube == RollupCube::UserByDay ||
           cube == RollupCube::UserShapeByQuarterDay;
}
/// Users' own rollups answer who spent most, and are small for that.
constexpr bool hasMeasures(RollupCube cube)
{
    return isByShape(cube) || cube == RollupCube::AllByHour;
}
/// Entries of one user lie in one of these, so that a question about few users reads a fraction.
constexpr std::int64_t rollupBlocks = 16;
constexpr std::int64_t blockOf(RollupCube cube, RollupKey key)
{
    return cube == RollupCube::UserShapeByQuarterDay ? key.first % rollupBlocks : 0;
}
constexpr RollupKey rollupKeyOf(RollupCube cube, std::int64_t shape, std::int64_t user)
{
    const std::int64_t ofShape = isByShape(cube) ? shape : 0;
    return isByUser(cube) ? RollupKey{user, ofShape} : RollupKey{ofShape, 0};
}

/// A stretch of time of a cube, and of it one block: what has parts of its own. Buckets count lengths since
/// 1970 (UTC).
struct RollupPlace
{
    RollupCube cube = RollupCube::ShapeByHour;
    std::int64_t bucket = 0;
    std::int64_t block = 0;
    auto operator<=>(const RollupPlace &) const = default;

    /// The ids of its parts in the table `rollups`, from the first on; those of the next place follow.
    [[nodiscard]] constexpr std::int64_t firstId() const
    {
        return static_cast<std::int64_t>(cube) << 60 | bucket << 34 | block << 30;
    }
    static constexpr std::int64_t mostParts = std::int64_t(1) << 30;
    static constexpr std::int64_t bucketOf(std::int64_t id)
    {
        return id >> 34 & ((std::int64_t(1) << 26) - 1);
    }
};
constexpr std::int64_t rollupBucketAt(RollupCube cube, Timestamp time)
{
    return toMicros(time) / lengthOf(cube).count();
}

} // namespace farthing
