// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/EventShape.h"

#include <unordered_map>

namespace farthing {

/// Reads rows of `events` with their shapes. It keeps the shapes: numbers never change their meaning.
class RowReader
{
public:
    static Result<RowReader> open(Database &database);
    /// Column 0 is the row's id, column 1 the row. Fails on one that is damaged.
    Result<void> read(Database &database, const Statement &statement, EventRow &row);
    /// Null where there is none.
    const EventShape *shape(std::int64_t number);
    /// After a rollback: numbers given since the last commit never were.
    void forget() { m_shapes.clear(); }

private:
    explicit RowReader(Statement find)
        : m_find(std::move(find))
    {}

    Statement m_find;
    std::unordered_map<std::int64_t, EventShape> m_shapes;
};

} // namespace farthing
