// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/EventShape.h"

#include <memory>
#include <vector>

namespace farthing {

/// Reads rows of `events` with their shapes. It keeps the shapes: numbers never change their meaning.
class RowReader
{
public:
    static Result<RowReader> open(Database &database);
    /// Column 0 is the row's id, column 1 the row. Fails on one that is damaged.
    Result<void> read(Database &database, const Statement &statement, EventRow &row);
    /// Null where there is none.
    const EventShape *shape(std::int64_t number)
    {
        const auto index = static_cast<std::size_t>(number);
        return number >= 0 && index < m_shapes.size() && m_shapes[index] ? m_shapes[index].get()
                                                                         : find(number);
    }
    /// After a rollback: numbers given since the last commit never were.
    void forget() { m_shapes.clear(); }

private:
    explicit RowReader(Statement find)
        : m_find(std::move(find))
    {}

    const EventShape *find(std::int64_t number);

    Statement m_find;
    std::vector<std::unique_ptr<EventShape>> m_shapes; ///< by number
};

} // namespace farthing
