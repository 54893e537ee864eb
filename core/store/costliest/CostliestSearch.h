// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventScan.h"
#include "core/store/costliest/CostliestList.h"
#include "core/store/costliest/CostliestPlace.h"

#include <atomic>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace farthing {

/// Finds the most expensive events of a range, highest first. It is told of stretches of time and what the
/// events in them cost at most, and looks into those that may still hold one of the most expensive ones: a
/// day's list first, then its hours', and rows only below those. To be used within one snapshot.
class CostliestSearch
{
public:
    /// Only events below `before` are found, and only accepted ones.
    static Result<CostliestSearch> open(Database &database, RowReader &rows, RowRange range, RowFilter filter,
                                        std::optional<CostOfRow> before, const std::atomic<bool> *cancel);

    /// Every day from the range's first event on to its last; their lists tell where to look. For a filter
    /// that accepts all.
    Result<void> addDays();
    /// Rows of which accepted ones cost at most this; the part of them that lies within the range.
    void addRows(RowRange rows, std::int64_t atMost);

    /// The next `limit` events with their rows, highest first; fewer at the end.
    Result<std::vector<std::pair<CostOfRow, EventRow>>> take(std::size_t limit);

private:
    /// Where events may be: none of them is above `bound`.
    struct Source
    {
        CostOfRow bound;
        enum class Kind : std::uint8_t { List, Rows, Found } kind = Kind::Rows;
        std::size_t index = 0; ///< of m_lists, m_stretches or m_found
    };
    struct OpenList
    {
        CostliestPlace place;
        CostliestList list;
        CostOfRow below; ///< entries above are known from a longer stretch's list
        std::size_t next = 0;
    };

    CostliestSearch(Database &database, RowReader &rows, RowRange range, RowFilter filter,
                    const std::atomic<bool> *cancel, Statement lists, Statement row);
    void push(Source source);
    [[nodiscard]] bool isWithin(CostOfRow one) const;
    /// The lists of some places; where one is missing, its rows are looked into. What is above `below` is
    /// known already.
    Result<void> addPlaces(CostliestPlace first, std::int64_t untilBucket, CostOfRow below);
    void pushNext(std::size_t list);
    Result<void> goOn(const OpenList &list);
    Result<void> readRows(RowRange rows, CostOfRow below, std::size_t limit);
    Result<EventRow> rowOf(std::int64_t id);

    Database *m_database;
    RowReader *m_rows;
    RowRange m_range;
    RowFilter m_filter;
    CostOfRow m_below; ///< what is found is lower
    const std::atomic<bool> *m_cancel;
    Statement m_listStatement;
    Statement m_rowStatement;
    std::vector<Source> m_heap;
    std::vector<OpenList> m_lists;
    std::vector<std::pair<RowRange, CostOfRow>> m_stretches; ///< rows, and below what
    std::vector<EventRow> m_found;
};

} // namespace farthing
