// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/AggregateBuilder.h"
#include "core/store/EventScan.h"
#include "core/store/retention/Horizon.h"
#include "core/store/rollup/RollupPlan.h"

#include <array>
#include <atomic>
#include <bitset>
#include <initializer_list>
#include <span>
#include <unordered_map>
#include <vector>

namespace farthing {

/// What answers questions reads with: one connection, and what was read on it before.
struct StoreReader
{
    Database &database;
    StringTable &strings;
    RowReader &rows;
};

/// What is to be summed up: the less it is, the less is read.
struct WantedSums
{
    std::bitset<rollupSumCount> sums;
    std::bitset<rollupMeasureCount> measures; ///< distributions

    static WantedSums of(std::initializer_list<RollupSum> sums,
                         std::initializer_list<RollupMeasure> measures = {});
    static WantedSums everything();
};

/// A group's value in each dimension; 0 where there are fewer.
using GroupKey = std::array<std::int64_t, 2>;

/// Sums events up by no, one or two dimensions: from the rollups where these reach, from rows elsewhere, to
/// the same sums. Percentiles are exact where the range has few events, and within 0.8 % otherwise. Of a time
/// whose events are no longer kept, whole stretches are told, see Horizon.
/// To be used within one snapshot.
class EventSums
{
public:
    static Result<EventSums> open(const StoreReader &store, std::span<const Dimension> by,
                                  const EventFilter &filter, const WantedSums &wanted);
    /// What of a range is told.
    [[nodiscard]] Horizon::Told told(RowRange range) const { return m_horizon.told(range, shortest()); }
    /// What range is told where this one is asked for; nothing where it is that. Fails where none can be.
    [[nodiscard]] Result<std::optional<TimeRange>> instead(const TimeRange &range) const;
    /// The shortest stretch of which there are sums; 0 where rows alone know.
    [[nodiscard]] Micros shortest() const { return m_cubes.empty() ? Micros(0) : lengthOf(m_cubes.back()); }
    [[nodiscard]] const Horizon &horizon() const { return m_horizon; }
    /// Adds the events of a range (the filter's own is not looked at), or what is told of it; fails where
    /// nothing can be.
    Result<void> add(RowRange range, const std::atomic<bool> *cancel);
    /// Calls `visit(key, builder)` for every group of which any wanted sum is not 0, and begins anew.
    template <class Visit>
    void take(const Visit &visit)
    {
        for (std::size_t i = 0; i < m_keys.size(); ++i) {
            if (m_groups[i].isEmpty())
                continue;
            visit(m_keys[i], m_groups[i]);
            m_groups[i] = {};
        }
    }

private:
    static constexpr int rejected = -1;
    struct ShapeFacts
    {
        GroupKey key{}; ///< its values, where it is the shape that has them
        int group = rejected;
        bool asked = false;
        bool accepted = false;
    };
    struct HashOfKey
    {
        std::size_t operator()(const GroupKey &key) const
        {
            return static_cast<std::size_t>(key[0]) * 0x9e3779b97f4a7c15ULL ^
                   static_cast<std::size_t>(key[1]) * 0xc2b2ae3d27d4eb4fULL;
        }
    };

    EventSums(Database &database, RowReader &rows, std::span<const Dimension> by, RowFilter filter,
              const WantedSums &wanted, Statement parts);
    void chooseCubes(const EventFilter &filter, StringTable &strings);
    [[nodiscard]] GroupKey keyOfRow(const EventRow &row) const;
    int groupOf(const GroupKey &key);
    Result<void> addBuckets(const RollupPlan::Buckets &buckets, const std::atomic<bool> *cancel);
    Result<void> addPart(RollupCube cube, std::int64_t bucket);
    /// The groups of a part's entries, in `m_groupOfEntry`.
    Result<void> sortEntries(RollupCube cube, std::int64_t bucket);
    Result<const ShapeFacts *> factsOfShape(std::int64_t shape);
    Result<void> addRows(RowRange range, const std::atomic<bool> *cancel);

    Database *m_database;
    RowReader *m_rows;
    std::vector<Dimension> m_by;
    bool m_isByShape; ///< the shape alone tells the group
    WantedSums m_wanted;
    RowFilter m_filter;
    RowFilter m_timeFilter; ///< its conditions on hours and days
    RowFilter m_userFilter; ///< on users
    std::vector<RollupCube> m_cubes;
    std::vector<std::int64_t> m_blocks; ///< to be read; empty where all are
    Statement m_parts;                  ///< id, sums, then the measures that are wanted
    std::int64_t m_folded = 0;
    Horizon m_horizon;

    std::vector<GroupKey> m_keys;
    std::vector<AggregateBuilder> m_groups;
    std::unordered_map<GroupKey, int, HashOfKey> m_indexOf;
    std::vector<ShapeFacts> m_shapes;
    std::vector<RollupKey> m_entries;
    std::vector<int> m_groupOfEntry;
    EventRow m_row; ///< what filters and keys are asked about
};

/// EventSums::instead() of the filter's range.
Result<std::optional<TimeRange>> toldInstead(const StoreReader &store, std::span<const Dimension> by,
                                             const EventFilter &filter);

/// Calls `visit(key, builder)` for every group of the filter's events of which any wanted sum is not 0.
template <class Visit>
Result<void> forEachGroup(const StoreReader &store, std::span<const Dimension> by, const EventFilter &filter,
                          const WantedSums &wanted, const std::atomic<bool> *cancel, const Visit &visit)
{
    auto sums = EventSums::open(store, by, filter, wanted);
    if (!sums)
        return sums.error();
    if (auto added = sums->add(rowRangeOf(filter.range), cancel); !added)
        return added;
    sums->take(visit);
    return {};
}

} // namespace farthing
