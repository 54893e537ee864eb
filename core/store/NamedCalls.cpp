// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/NamedCalls.h"

#include "core/store/Database.h"
#include "core/store/RowReader.h"
#include "core/store/StringTable.h"

#include <unordered_set>

namespace farthing {

Result<NamedCalls> namedCalls(const std::filesystem::path &database, Timestamp since,
                              std::span<const std::int64_t> idLows)
{
    auto connection = Database::open(database, Database::Access::ReadOnly);
    if (!connection)
        return connection.error();
    auto statement = connection->prepare("SELECT id, row FROM events WHERE id >= ?");
    auto rows = RowReader::open(*connection);
    auto strings = StringTable::open(*connection);
    if (!statement || !rows || !strings)
        return connection->lastError();
    const std::unordered_set<std::int64_t> wanted(idLows.begin(), idLows.end());
    statement->bind(1, firstRowIdAt(since));
    NamedCalls calls;
    EventRow row;
    auto step = statement->step();
    for (; step == Statement::Step::Row; step = statement->step()) {
        const std::int64_t low = idLowOfRow(statement->bytes(1));
        if (!wanted.contains(low))
            continue;
        if (auto read = rows->read(*connection, *statement, row); !read)
            return read.error();
        const TokenUsage &usage = row.event.usage;
        calls.emplace(low, NamedCall{row.event.time, strings->text(row.text(TextColumn::Workflow)),
                                     strings->text(row.model()), usage.input, usage.output});
    }
    if (step == Statement::Step::Failed)
        return connection->lastError();
    return calls;
}

} // namespace farthing
