// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"

#include <cstdint>
#include <limits>

namespace farthing {

/// A range of row ids, half-open.
struct RowRange
{
    std::int64_t from = 0;
    std::int64_t until = std::numeric_limits<std::int64_t>::max();
};

RowRange rowRangeOf(const TimeRange &range);
/// The rows of one day or hour, by its key.
RowRange rowsOfTime(std::int64_t key, Dimension dimension);

} // namespace farthing
