// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/costliest/CostliestKeeper.h"
#include "core/store/migrations/Migrations.h"

namespace farthing::migration {

Result<void> rollups(Database &database)
{
    // The id says what a part is about, see RollupPlace; the bytes, RollupPartWriter. The rows of before are
    // folded in by and by: none is below `until` yet, see RollupKeeper.
    auto made = database.execute(
        "CREATE TABLE rollups (id INTEGER PRIMARY KEY, sums BLOB NOT NULL, tokens BLOB NOT NULL, cost BLOB "
        "NOT NULL,"
        " latency BLOB NOT NULL, first_token BLOB NOT NULL, overhead BLOB NOT NULL);"
        "CREATE TABLE rollup_state (one INTEGER PRIMARY KEY CHECK (one = 1), until INTEGER NOT NULL);"
        "INSERT INTO rollup_state VALUES (1, 0);"
        // The id is a CostliestPlace's, the list a CostliestList.
        "CREATE TABLE costliest (id INTEGER PRIMARY KEY, list BLOB NOT NULL);");
    if (!made)
        return made;
    auto costliest = CostliestKeeper::open(database);
    return costliest ? costliest->rebuild(database, 0) : costliest.error();
}

} // namespace farthing::migration
