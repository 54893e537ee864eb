// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/rollup/RollupBatch.h"

namespace farthing {

/// Its columns, the same wherever there is one.
extern const char *const rollupColumns;

/// Writes parts to a table of rollups, inside the caller's transaction. A place has a few parts, which add
/// up: what is new is appended, and only where there are many are they made one.
class RollupTable
{
public:
    static Result<RollupTable> open(Database &database, const std::string &table = "rollups");
    /// Adds the events of `batch` to every rollup.
    Result<void> add(Database &database, RollupBatch &batch);
    /// Removes what is about rows from this one on; days begin there, or everything does.
    Result<void> clearFrom(Database &database, std::int64_t row);

private:
    RollupTable(Statement last, Statement insert, Statement parts, Statement remove);
    Result<void> append(Database &database, const RollupPlace &place, const RollupPartBytes &part);
    /// Nothing where one of the parts is damaged.
    Result<std::optional<RollupPartBytes>> merged(Database &database, const RollupPlace &place,
                                                  const RollupPartBytes &newest);
    Result<void> insert(Database &database, std::int64_t id, const RollupPartBytes &part);

    Statement m_last;
    Statement m_insert;
    Statement m_parts;
    Statement m_remove;
};

} // namespace farthing
