// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/rollup/RollupCube.h"

#include <cstdint>
#include <vector>

namespace farthing {

/// Events that are to be added to the rollups, or taken away.
class RollupBatch
{
public:
    void add(const EventRow &row) { note(row, 1); }
    void remove(const EventRow &row) { note(row, -1); }
    [[nodiscard]] bool isEmpty() const { return m_facts.empty(); }
    [[nodiscard]] std::size_t size() const { return m_facts.size(); }
    void clear() { m_facts.clear(); }

    /// Calls `visit(place, part)` for each place that has events, with its entries.
    template <class Visit>
    Result<void> forEachPart(RollupCube cube, const Visit &visit)
    {
        sortFor(cube);
        for (std::size_t at = 0; at < m_order.size();) {
            const RollupPlace place = m_order[at].place;
            RollupPartWriter part;
            at = writePart(cube, at, part);
            if (auto done = visit(place, part.finish()); !done)
                return done;
        }
        return {};
    }

private:
    struct Fact
    {
        Timestamp time;
        std::int64_t shape = 0;
        std::int64_t user = 0;
        std::int64_t count = 1; ///< 1 or -1
        RollupSums sums;
        RollupBuckets buckets{};
    };
    struct Placed
    {
        RollupPlace place;
        RollupKey key;
        std::uint32_t fact = 0;
        auto operator<=>(const Placed &) const = default;
    };

    void note(const EventRow &row, std::int64_t count);
    void sortFor(RollupCube cube);
    /// Entries of the place at `from`; where the next place begins.
    std::size_t writePart(RollupCube cube, std::size_t from, RollupPartWriter &part);

    std::vector<Fact> m_facts;
    std::vector<Placed> m_order;
    RollupPartWriter::Counts m_counts;
};

} // namespace farthing
