// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/TimesOfIds.h"

#include "core/store/Database.h"
#include "core/store/EventRow.h"

#include <unordered_set>

namespace farthing {

Result<TimesOfIds> timesOfIds(const std::filesystem::path &database, Timestamp since,
                              std::span<const std::int64_t> idLows)
{
    auto connection = Database::open(database, Database::Access::ReadOnly);
    if (!connection)
        return connection.error();
    auto rows = connection->prepare("SELECT id, row FROM events WHERE id >= ?");
    if (!rows)
        return rows.error();
    const std::unordered_set<std::int64_t> wanted(idLows.begin(), idLows.end());
    rows->bind(1, firstRowIdAt(since));
    TimesOfIds times;
    auto step = rows->step();
    for (; step == Statement::Step::Row; step = rows->step())
        if (const std::int64_t low = idLowOfRow(rows->bytes(1)); wanted.contains(low))
            times.emplace(low, timeOfRowId(rows->integer(0)));
    if (step == Statement::Step::Failed)
        return connection->lastError();
    return times;
}

} // namespace farthing
