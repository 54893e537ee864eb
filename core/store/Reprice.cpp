// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Reprice.h"

#include "core/store/EventInserter.h"
#include "core/store/EventScan.h"

namespace farthing {

namespace {

constexpr std::size_t rowsPerTransaction = 4096;

struct Chunk
{
    std::vector<EventRow> rows;
    std::int64_t next = 0;
    bool last = false;
};

Result<Chunk> readChunk(Database &database, RowReader &rows, std::int64_t from, RepriceScope scope,
                        const RowFilter &everything)
{
    Chunk chunk;
    std::size_t seen = 0;
    chunk.last = true;
    RowRange range;
    range.from = from;
    const auto done = EventScan::run(
        database, rows, range, ScanOrder::OldestFirst, everything, nullptr, [&](const EventRow &row) {
            chunk.next = row.id + 1;
            if (scope == RepriceScope::All || !row.event.priced)
                chunk.rows.push_back(row);
            // Rows that need nothing cost little, but the transaction has to end some time.
            chunk.last = chunk.rows.size() < rowsPerTransaction && ++seen < 100'000;
            return chunk.last;
        });
    return done ? Result<Chunk>(std::move(chunk)) : done.error();
}

Error halfway(const Error &error, const RepriceCount &done)
{
    return {error.message + "; " + std::to_string(done.changed) +
                " events were priced anew before that and stay so: run it again for the others",
            error.place};
}

} // namespace

Result<RepriceCount> reprice(const std::filesystem::path &path, RepriceScope scope,
                             const std::function<bool(CostEvent &)> &price)
{
    auto database = Database::open(path, Database::Access::ReadWrite);
    if (!database)
        return database.error();
    auto strings = StringTable::open(*database);
    auto rows = RowReader::open(*database);
    auto loader = EventLoader::open(*database);
    auto inserter = EventInserter::open(*database);
    if (!strings || !rows || !loader || !inserter)
        return database->lastError();
    const RowFilter everything({}, *strings);

    RepriceCount result;
    const auto repriceChunk = [&](std::int64_t from) -> Result<Chunk> {
        RepriceCount sum = result;
        auto transaction = Transaction::begin(*database);
        if (!transaction)
            return transaction.error();
        auto chunk = readChunk(*database, *rows, from, scope, everything);
        if (!chunk)
            return chunk;
        for (const EventRow &row : chunk->rows) {
            auto loaded = loader->load(*database, row, *strings);
            if (!loaded)
                return loaded.error();
            ++sum.looked;
            sum.damaged += loaded->complete ? 0 : 1;
            CostEvent &event = loaded->event;
            const bool before = event.priced;
            // Written anew, a damaged one would lose what may still be in it.
            if (!loaded->complete || !price(event))
                continue;
            ++sum.changed;
            if (auto written = inserter->replace(*database, row.id, event, before); !written)
                return written.error();
        }
        if (auto finished = inserter->finish(*database); !finished)
            return finished.error();
        if (auto committed = transaction->commit(); !committed)
            return committed.error();
        result = sum;
        return chunk;
    };
    for (std::int64_t from = 0;;) {
        const auto chunk = repriceChunk(from);
        if (!chunk)
            return result.changed == 0 ? chunk.error() : halfway(chunk.error(), result);
        if (chunk->last)
            return result;
        from = chunk->next;
    }
}

} // namespace farthing
