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

/// An EventFilter's dimensions, resolved to numbers.
class RowFilter
{
public:
    /// Accepts every row.
    RowFilter() = default;
    RowFilter(const EventFilter &filter, StringTable &strings);
    [[nodiscard]] bool accepts(const EventRow &row) const;

private:
    struct Condition
    {
        Dimension dimension;
        std::unordered_set<std::int64_t> keys;
        bool exclude;
    };
    std::vector<Condition> m_conditions;
};

} // namespace farthing
