// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupTable.h"

#include "core/store/rollup/RollupMerge.h"

namespace farthing {

namespace {

/// So many are read one after the other before they are worth being made one.
constexpr std::int64_t partsKept = 8;

} // namespace

RollupTable::RollupTable(Statement last, Statement insert, Statement parts, Statement remove)
    : m_last(std::move(last))
    , m_insert(std::move(insert))
    , m_parts(std::move(parts))
    , m_remove(std::move(remove))
{}

const char *const rollupColumns =
    "(id INTEGER PRIMARY KEY, sums BLOB NOT NULL, tokens BLOB NOT NULL, cost BLOB NOT NULL,"
    " latency BLOB NOT NULL, first_token BLOB NOT NULL, overhead BLOB NOT NULL)";

Result<RollupTable> RollupTable::open(Database &database, const std::string &table)
{
    auto last = database.prepare("SELECT count(*), max(id) FROM " + table + " WHERE id >= ? AND id < ?");
    auto insert = database.prepare("INSERT INTO " + table + " VALUES (?, ?, ?, ?, ?, ?, ?)");
    auto parts = database.prepare("SELECT sums, tokens, cost, latency, first_token, overhead FROM " + table +
                                  " WHERE id >= ? AND id < ?");
    auto remove = database.prepare("DELETE FROM " + table + " WHERE id >= ? AND id < ?");
    for (const auto *statement : {&last, &insert, &parts, &remove})
        if (!*statement)
            return statement->error();
    return RollupTable(*std::move(last), *std::move(insert), *std::move(parts), *std::move(remove));
}

Result<void> RollupTable::add(Database &database, RollupBatch &batch)
{
    for (const RollupCube cube : allRollupCubes)
        if (auto done = batch.forEachPart(cube,
                                          [&](const RollupPlace &place, const RollupPartBytes &part) {
                                              return append(database, place, part);
                                          });
            !done)
            return done;
    return {};
}

Result<void> RollupTable::clearFrom(Database &database, std::int64_t row)
{
    for (const RollupCube cube : allRollupCubes) {
        const auto next = static_cast<RollupCube>(static_cast<std::int64_t>(cube) + 1);
        m_remove.bind(1, RollupPlace{cube, rollupBucketAt(cube, timeOfRowId(row)), 0}.firstId());
        m_remove.bind(2, RollupPlace{next, 0, 0}.firstId());
        if (!m_remove.run())
            return database.lastError();
    }
    return {};
}

Result<void> RollupTable::append(Database &database, const RollupPlace &place, const RollupPartBytes &part)
{
    m_last.bind(1, place.firstId());
    m_last.bind(2, place.firstId() + RollupPlace::mostParts);
    const bool found = m_last.step() == Statement::Step::Row;
    const std::int64_t parts = found ? m_last.integer(0) : 0;
    const std::int64_t next = parts > 0 ? m_last.integer(1) + 1 : place.firstId();
    m_last.reset();
    if (!found)
        return database.lastError();
    if (parts < partsKept)
        return insert(database, next, part);
    const auto one = merged(database, place, part);
    if (!one)
        return one.error();
    if (!*one) // calls are recorded all the same; what reads it will say so
        return insert(database, next, part);
    m_remove.bind(1, place.firstId());
    m_remove.bind(2, place.firstId() + RollupPlace::mostParts);
    if (!m_remove.run())
        return database.lastError();
    return insert(database, place.firstId(), **one);
}

Result<std::optional<RollupPartBytes>> RollupTable::merged(Database &database, const RollupPlace &place,
                                                           const RollupPartBytes &newest)
{
    RollupMerge merge;
    std::array<std::string_view, rollupMeasureCount> measures;
    bool whole = true;
    m_parts.bind(1, place.firstId());
    m_parts.bind(2, place.firstId() + RollupPlace::mostParts);
    auto step = m_parts.step();
    for (; step == Statement::Step::Row && whole; step = m_parts.step()) {
        for (std::size_t i = 0; i < measures.size(); ++i)
            measures[i] = m_parts.bytes(static_cast<int>(i) + 1);
        whole = merge.add(m_parts.bytes(0), measures);
    }
    m_parts.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    std::ranges::copy(newest.measures, measures.begin());
    if (!whole || !merge.add(newest.sums, measures))
        return std::optional<RollupPartBytes>();
    return std::optional(merge.finish());
}

Result<void> RollupTable::insert(Database &database, std::int64_t id, const RollupPartBytes &part)
{
    m_insert.bind(1, id);
    m_insert.bindBlob(2, part.sums);
    for (std::size_t i = 0; i < part.measures.size(); ++i)
        m_insert.bindBlob(static_cast<int>(i) + 3, part.measures[i]);
    return m_insert.run() ? Result<void>() : database.lastError();
}

} // namespace farthing
