// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/LocalTime.h"

#include <ctime>

namespace farthing {

namespace {

using namespace std::chrono_literals;

Micros offsetAt(Timestamp t)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(t);
    const std::time_t time = seconds.time_since_epoch().count();
    std::tm local{};
    if (::localtime_r(&time, &local) == nullptr)
        return 0us;
    return std::chrono::seconds(local.tm_gmtoff);
}

/// 1970-01-05, the first Monday: every length that weeks are made of begins there too.
constexpr Micros origin = 4 * 24h;

} // namespace

Micros wallClockAt(Timestamp t)
{
    return t.time_since_epoch() + offsetAt(t);
}

Timestamp whenWallClockShows(Micros wall)
{
    const Micros before = offsetAt(Timestamp(wall - 24h));
    for (const Micros offset : {before, offsetAt(Timestamp(wall + 24h))})
        if (offsetAt(Timestamp(wall - offset)) == offset)
            return Timestamp(wall - offset);
    return Timestamp(wall - before);
}

std::vector<Timestamp> wallClockEdges(Timestamp first, Timestamp last, Micros length)
{
    const Micros fromOrigin = wallClockAt(first) - origin;
    Micros wall = origin + (fromOrigin - (fromOrigin % length + length) % length);
    std::vector<Timestamp> edges;
    // Short ones are counted in true time: an hour that is shown twice is two hours.
    const bool equal = length <= 1h;
    // A day that was left out of the calendar, Samoa's in 2011 for one, has no stretch.
    const Timestamp start = first - (wallClockAt(first) - wall);
    for (Timestamp edge = equal ? start : whenWallClockShows(wall);;) {
        if (edges.empty() || edge > edges.back())
            edges.push_back(edge);
        if (edges.back() > last)
            return edges;
        wall += length;
        edge = equal ? edge + length : whenWallClockShows(wall);
    }
}

} // namespace farthing
