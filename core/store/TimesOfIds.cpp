// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/TimesOfIds.h"

#include "core/store/Database.h"
#include "core/store/EventRow.h"

#include <string>

namespace farthing {

Result<TimesOfIds> timesOfIds(const std::filesystem::path &database, Timestamp since,
                              std::span<const std::int64_t> idLows)
{
    auto connection = Database::open(database, Database::Access::ReadOnly);
    if (!connection)
        return connection.error();
    auto rows = connection->prepare("SELECT id, id_low FROM events WHERE id >= ?1 AND id_low IN "
                                    "(SELECT value FROM json_each(?2))");
    if (!rows)
        return rows.error();
    std::string wanted = "[";
    for (const std::int64_t low : idLows)
        wanted += (wanted.size() > 1 ? "," : "") + std::to_string(low);
    wanted += "]";
    rows->bind(1, firstRowIdAt(since));
    rows->bind(2, std::string_view(wanted));
    TimesOfIds times;
    auto step = rows->step();
    for (; step == Statement::Step::Row; step = rows->step())
        times.emplace(rows->integer(1), timeOfRowId(rows->integer(0)));
    if (step == Statement::Step::Failed)
        return connection->lastError();
    return times;
}

} // namespace farthing
