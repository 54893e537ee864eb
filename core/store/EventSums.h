// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/AggregateBuilder.h"
#include "core/store/EventScan.h"
#include "core/store/rollup/RollupPlan.h"

#include <atomic>
#include <unordered_map>
#include <vector>

namespace farthing {

/// Sums events up by a dimension: from the rollups where these reach, from rows elsewhere, to the same sums.
/// Percentiles are exact where the range has few events, and within 0.8 % otherwise.
/// To be used within one snapshot.
class EventSums
{
public:
    enum class Wanted { Costs, Everything };

    static Result<EventSums> open(Database &database, RowReader &rows, StringTable &strings,
                                  Dimension dimension, const EventFilter &filter, Wanted wanted);
    /// Adds the events of a range (the filter's own is not looked at).
    Result<void> add(RowRange range, const std::atomic<bool> *cancel);
    /// Calls `visit(key, builder)` for every key that had an event, or cost where only that is wanted, and
    /// begins anew.
    template <class Visit>
    void take(const Visit &visit)
    {
        for (std::size_t i = 0; i < m_keys.size(); ++i) {
            if (m_wanted == Wanted::Costs ? m_groups[i].cost() == Money() : m_groups[i].requests() == 0)
                continue;
            visit(m_keys[i], m_groups[i]);
            m_groups[i] = {};
        }
    }

private:
    static constexpr int unknown = -2;
    static constexpr int rejected = -1;

    EventSums(Database &database, RowReader &rows, Dimension dimension, RowFilter filter, Wanted wanted,
              Statement parts);
    void chooseCubes(const EventFilter &filter, StringTable &strings);
    int groupOf(std::int64_t key);
    Result<void> addBuckets(const RollupPlan::Buckets &buckets, const std::atomic<bool> *cancel);
    Result<void> addPart(RollupCube cube, std::int64_t bucket);
    /// The groups of a part's entries, in `m_groupOfEntry`.
    Result<void> sortEntries(RollupCube cube, std::int64_t bucket);
    /// The group of a shape's events, or whether they are accepted at all where the shape does not tell.
    Result<int> groupOfShape(std::int64_t shape);
    Result<void> addRows(RowRange range, const std::atomic<bool> *cancel);

    Database *m_database;
    RowReader *m_rows;
    Dimension m_dimension;
    Wanted m_wanted;
    RowFilter m_filter;
    RowFilter m_timeFilter;  ///< its conditions on hours and days
    RowFilter m_userFilter;  ///< on users
    RowFilter m_shapeFilter; ///< on everything else
    std::vector<RollupCube> m_cubes;
    std::vector<std::int64_t> m_blocks; ///< to be read; empty where all are
    Statement m_parts;
    std::int64_t m_folded = 0;

    std::vector<std::int64_t> m_keys;
    std::vector<AggregateBuilder> m_groups;
    std::unordered_map<std::int64_t, int> m_indexOf;
    std::vector<int> m_groupOfShape;
    std::vector<RollupKey> m_entries;
    std::vector<int> m_groupOfEntry;
    EventRow m_row; ///< what filters and keys are asked about
};

} // namespace farthing
