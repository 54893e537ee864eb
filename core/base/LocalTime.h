// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <vector>

namespace farthing {

/// What the wall clock of the process's time zone shows at an instant, as the time since it showed midnight
/// of 1970-01-01.
Micros wallClockAt(Timestamp t);
/// When the wall clock shows this: the first time, where clocks are put back and it is shown twice. Where
/// they are put forward past it, the moment at which it would have been shown without that.
Timestamp whenWallClockShows(Micros wall);

/// The edges of stretches of `length` that cover the instants from `first` up to and including `last`. They
/// begin at whole multiples of the length on the wall clock: hours at full hours, days at midnight, weeks on
/// Monday. A stretch of more than an hour that holds a change of clocks is longer or shorter by that.
std::vector<Timestamp> wallClockEdges(Timestamp first, Timestamp last, Micros length);

} // namespace farthing
