// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventRow.h"

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// What an event costs, nano-USD (-1 where that is not known), and its row: what events are ordered by where
/// the most expensive ones come first. Of two that cost the same the later one is the higher.
struct CostOfRow
{
    std::int64_t cost = -1;
    std::int64_t id = 0;
    auto operator<=>(const CostOfRow &) const = default;

    static CostOfRow of(const EventRow &row)
    {
        return {row.event.cost ? row.event.cost->nanoUsd() : -1, row.id};
    }
    /// Below all others.
    static constexpr CostOfRow lowest() { return {std::numeric_limits<std::int64_t>::min(), 0}; }
};

/// The most expensive events of a stretch of time, highest first. It is whole down to its floor: an event of
/// the stretch is listed or is at most that.
class CostliestList
{
public:
    explicit CostliestList(std::size_t capacity)
        : m_capacity(capacity)
    {}
    /// Nothing where the bytes are no list.
    static std::optional<CostliestList> decode(std::string_view bytes, std::size_t capacity);
    void encode(std::string &out) const;

    [[nodiscard]] const std::vector<CostOfRow> &entries() const { return m_entries; }
    [[nodiscard]] CostOfRow floor() const { return m_floor; }
    /// Whether that changed it.
    bool add(CostOfRow event);
    bool remove(std::int64_t rowId);

private:
    std::size_t m_capacity;
    std::vector<CostOfRow> m_entries;
    CostOfRow m_floor = CostOfRow::lowest();
};

} // namespace farthing
