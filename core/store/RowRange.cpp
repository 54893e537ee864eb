// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/RowRange.h"

#include "core/store/EventRow.h"

namespace farthing {

RowRange rowRangeOf(const TimeRange &range)
{
    RowRange rows;
    if (range.since)
        rows.from = firstRowIdAt(*range.since);
    if (range.until)
        rows.until = firstRowIdAt(*range.until);
    return rows;
}

RowRange rowsOfTime(std::int64_t key, Dimension dimension)
{
    const Micros length =
        dimension == Dimension::Day ? Micros(std::chrono::days(1)) : Micros(std::chrono::hours(1));
    return {firstRowIdAt(Timestamp(length * key)), firstRowIdAt(Timestamp(length * (key + 1)))};
}

} // namespace farthing
