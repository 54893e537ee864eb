// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/migrations/Migrations.h"

namespace farthing::migration {

namespace {

// events.id is the event's instant: microseconds since 1970 times 1,024, plus a counter within the
// microsecond. Strings are numbered by `strings`; 0 is the empty string, which SQLite stores in no bytes at
// all.
const char *const tables =
    "CREATE TABLE strings ("
    "  id INTEGER PRIMARY KEY,"
    "  text TEXT NOT NULL UNIQUE);"
    "CREATE TABLE events ("
    "  id INTEGER PRIMARY KEY,"
    "  id_low INTEGER NOT NULL," // the lower 64 bits of event_id; the upper ones say the time
    "  call_id BLOB,"            // null where it is the event's own id
    "  attempt INTEGER NOT NULL,"
    "  provider INTEGER NOT NULL, endpoint INTEGER NOT NULL,"
    "  workflow INTEGER NOT NULL, feature INTEGER NOT NULL, user INTEGER NOT NULL, session INTEGER NOT NULL,"
    "  request_model INTEGER NOT NULL, sent_model INTEGER NOT NULL, response_model INTEGER NOT NULL,"
    "  error INTEGER NOT NULL, client INTEGER NOT NULL,"
    "  tier INTEGER NOT NULL, rule_version INTEGER NOT NULL, status INTEGER NOT NULL,"
    "  stream INTEGER NOT NULL, batch INTEGER NOT NULL, cache INTEGER NOT NULL, usage_source INTEGER NOT "
    "NULL,"
    "  input INTEGER NOT NULL, cached_input INTEGER NOT NULL,"
    "  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, input_audio INTEGER NOT NULL,"
    "  output INTEGER NOT NULL, reasoning INTEGER NOT NULL, output_audio INTEGER NOT NULL,"
    "  server_tool_calls INTEGER NOT NULL,"
    "  priced INTEGER NOT NULL, cost INTEGER, list_cost INTEGER," // nano-USD
    "  saved_response_cache INTEGER NOT NULL, saved_tiering INTEGER NOT NULL,"
    "  saved_batching INTEGER NOT NULL, saved_prompt_cache INTEGER NOT NULL,"
    "  latency INTEGER NOT NULL, ttft INTEGER NOT NULL, overhead INTEGER NOT NULL);" // microseconds
    "CREATE TABLE details ("
    "  id INTEGER PRIMARY KEY,"
    "  body BLOB NOT NULL);"
    // The last few thousand events in the order in which they were committed, for a live view.
    "CREATE TABLE recent ("
    "  sequence INTEGER PRIMARY KEY,"
    "  event INTEGER NOT NULL);"
    // One row: how far the journal is drained, and sums that a status bar needs without a scan.
    "CREATE TABLE state ("
    "  one INTEGER PRIMARY KEY CHECK (one = 1),"
    "  journal BLOB, journal_segment INTEGER NOT NULL, journal_offset INTEGER NOT NULL,"
    "  sequence INTEGER NOT NULL, events INTEGER NOT NULL, unpriced INTEGER NOT NULL);"
    "INSERT INTO state VALUES (1, NULL, 0, 0, 0, 0, 0);";

} // namespace

Result<void> events(Database &database)
{
    return database.execute(tables);
}

} // namespace farthing::migration
