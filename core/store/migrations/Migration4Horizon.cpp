// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/migrations/Migrations.h"

namespace farthing::migration {

Result<void> horizon(Database &database)
{
    // Row ids: events below the first, and sums of those below the second, are no longer kept; see Horizon.
    // Marks of rows below the last may still refer to rows of another day; up to the third none does.
    return database.execute("ALTER TABLE state ADD COLUMN events_from INTEGER NOT NULL DEFAULT 0;"
                            "ALTER TABLE state ADD COLUMN sums_from INTEGER NOT NULL DEFAULT 0;"
                            "ALTER TABLE state ADD COLUMN marks_checked INTEGER NOT NULL DEFAULT 0;"
                            "ALTER TABLE state ADD COLUMN marks_until INTEGER NOT NULL DEFAULT 0;"
                            "UPDATE state SET marks_until = (SELECT ifnull(max(id) + 1, 0) FROM events)");
}

} // namespace farthing::migration
