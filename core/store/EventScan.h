// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/DetailCodec.h"
#include "core/store/DimensionKey.h"
#include "core/store/PrefixMarks.h"
#include "core/store/RowRange.h"
#include "core/store/RowReader.h"

#include <atomic>
#include <functional>

namespace farthing {

/// How many rows the range has; at most `most` are counted.
Result<std::int64_t> countRows(Database &database, RowRange range, std::int64_t most);

enum class ScanOrder { OldestFirst, NewestFirst };

/// Walks the rows of a range in order of time, as far as they are kept (see Horizon). Faster than letting SQL
/// group: the rows are only numbers.
class EventScan
{
public:
    /// `cancel` may be null. Ends early, without error, when `visit` returns false; with an error when it is
    /// cancelled.
    static Result<void> run(Database &database, RowReader &rows, RowRange range, ScanOrder order,
                            const RowFilter &filter, const std::atomic<bool> *cancel,
                            const std::function<bool(const EventRow &)> &visit);
};

/// Turns rows back into whole events.
class EventLoader
{
public:
    static Result<EventLoader> open(Database &database);
    struct Loaded
    {
        CostEvent event;
        bool complete = true; ///< false where its details are damaged: then they are missing
    };
    /// Texts, ids and the details.
    Result<Loaded> load(Database &database, const EventRow &row, StringTable &strings);
    /// Without the details.
    static Loaded loadRow(const EventRow &row, StringTable &strings);
    /// The event in one row, or nothing.
    Result<std::optional<Loaded>> loadById(Database &database, RowReader &rows, std::int64_t rowId,
                                           StringTable &strings);
    /// The row whose event has this id, or nothing.
    Result<std::optional<std::int64_t>> find(Database &database, const Uuid &id);

private:
    EventLoader(DetailReader details, PrefixMarkReader marks, Statement detail, Statement row,
                Statement find);
    DetailReader m_details;
    PrefixMarkReader m_marks;
    Statement m_detail;
    Statement m_row;
    Statement m_find;
};

} // namespace farthing
