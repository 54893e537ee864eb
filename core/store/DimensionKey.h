// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Filter.h"
#include "core/store/EventRow.h"
#include "core/store/StringTable.h"

#include <unordered_set>
#include <vector>

namespace farthing {

/// A row's value in a dimension as one number: a string's, an enumeration's, a status, or a count of days or
/// hours.
std::int64_t keyOf(const EventRow &row, Dimension dimension);
/// The number as a person reads and filters it.
std::string textOfKey(std::int64_t key, Dimension dimension, StringTable &strings);
/// Nothing where no row can have this value.
std::optional<std::int64_t> keyOfText(const std::string &text, Dimension dimension, StringTable &strings);

constexpr bool isTime(Dimension dimension)
{
    return dimension == Dimension::Day || dimension == Dimension::Hour;
}
/// Whether an event's shape has the value.
constexpr bool isOfShape(Dimension dimension)
{
    return dimension != Dimension::User && dimension != Dimension::Session && !isTime(dimension);
}

/// An EventFilter's dimensions, resolved to numbers.
class RowFilter
{
public:
    /// Accepts every row.
    RowFilter() = default;
    RowFilter(const EventFilter &filter, StringTable &strings);
    [[nodiscard]] bool accepts(const EventRow &row) const { return acceptsShape(row) && acceptsRest(row); }
    /// Its conditions on what shapes have, and those on everything else.
    [[nodiscard]] bool acceptsShape(const EventRow &row) const { return accept(m_ofShape, row); }
    [[nodiscard]] bool acceptsRest(const EventRow &row) const { return accept(m_rest, row); }
    [[nodiscard]] bool acceptsEveryShape() const { return m_ofShape.empty(); }

private:
    struct Condition
    {
        Dimension dimension;
        std::unordered_set<std::int64_t> keys;
        bool exclude;
    };
    static bool accept(const std::vector<Condition> &conditions, const EventRow &row);

    std::vector<Condition> m_ofShape;
    std::vector<Condition> m_rest;
};

} // namespace farthing
