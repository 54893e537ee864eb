// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupKeeper.h"

#include "core/store/EventScan.h"

#include <algorithm>

namespace farthing {

namespace {

using namespace std::chrono_literals;

/// So many are quickly read as rows. Half of them stay when the others are folded in: calls are written when
/// they end, under the time at which they began, and to change a rollup that is there costs more.
constexpr std::int64_t openKept = 32'768;
constexpr Micros lateness = 10min;        ///< after which the rest of an hour is folded in
constexpr std::int64_t checkEvery = 4096; ///< rows

/// The hours before this are over. An event that says it is of the future does not end them.
std::int64_t endOfHoursOver(std::int64_t newest)
{
    const Timestamp now = std::min(timeOfRowId(newest), SystemClock().now());
    return firstRowIdAt(std::chrono::floor<std::chrono::hours>(now - lateness));
}

} // namespace

RollupKeeper::RollupKeeper(RollupTable table, RowReader rows, Statement row, Statement until,
                           Statement setUntil, Statement open, RollupPace pace)
    : m_pace(pace)
    , m_table(std::move(table))
    , m_rows(std::move(rows))
    , m_row(std::move(row))
    , m_untilStatement(std::move(until))
    , m_setUntil(std::move(setUntil))
    , m_open(std::move(open))
{}

Result<RollupKeeper> RollupKeeper::open(Database &database, RollupPace pace)
{
    auto table = RollupTable::open(database);
    auto rows = RowReader::open(database);
    if (!table || !rows)
        return database.lastError();
    auto row = database.prepare("SELECT id, row FROM events WHERE id = ?");
    auto until = database.prepare("SELECT until, (SELECT max(id) FROM events) FROM rollup_state");
    auto setUntil = database.prepare("UPDATE rollup_state SET until = ?");
    auto open = database.prepare("SELECT id, row FROM events WHERE id >= ? ORDER BY id");
    for (const auto *statement : {&row, &until, &setUntil, &open})
        if (!*statement)
            return statement->error();
    return RollupKeeper(*std::move(table), *std::move(rows), *std::move(row), *std::move(until),
                        *std::move(setUntil), *std::move(open), pace);
}

Result<std::int64_t> RollupKeeper::until(Database &database)
{
    auto statement = database.prepare("SELECT until FROM rollup_state");
    if (!statement)
        return statement.error();
    if (statement->step() != Statement::Step::Row)
        return database.lastError();
    return statement->integer(0);
}

Result<void> RollupKeeper::begin(Database &database)
{
    if (m_until)
        return {};
    const bool found = m_untilStatement.step() == Statement::Step::Row;
    if (found) {
        m_until = m_untilStatement.integer(0);
        m_newest = std::max(m_newest, m_untilStatement.integer(1));
    }
    m_untilStatement.reset();
    return found ? Result<void>() : database.lastError();
}

Result<void> RollupKeeper::remove(Database &database, std::int64_t rowId)
{
    return noteRow(database, rowId, false);
}

Result<void> RollupKeeper::add(Database &database, std::int64_t rowId)
{
    m_newest = std::max(m_newest, rowId);
    ++m_unchecked;
    return noteRow(database, rowId, true);
}

Result<void> RollupKeeper::noteRow(Database &database, std::int64_t rowId, bool isThere)
{
    if (auto begun = begin(database); !begun)
        return begun;
    if (rowId >= *m_until)
        return {};
    m_row.bind(1, rowId);
    EventRow row;
    const auto step = m_row.step();
    auto read = step == Statement::Step::Row ? m_rows.read(database, m_row, row) : Result<void>();
    m_row.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    // A damaged row is in no rollup.
    if (step == Statement::Step::Done || !read)
        return {};
    if (isThere)
        m_batch.add(row);
    else
        m_batch.remove(row);
    return m_batch.size() < m_pace.batch ? Result<void>() : flush(database);
}

Result<void> RollupKeeper::flush(Database &database)
{
    if (m_batch.isEmpty())
        return {};
    auto added = m_table.add(database, m_batch);
    m_batch.clear();
    return added;
}

Result<void> RollupKeeper::finish(Database &database)
{
    if (auto begun = begin(database); !begun)
        return begun;
    if (auto flushed = flush(database); !flushed)
        return flushed;
    const std::int64_t over = endOfHoursOver(m_newest);
    if (m_behind || m_unchecked >= checkEvery || over > *m_until) {
        const auto open = countRows(database, {*m_until}, openKept + m_pace.mostFolded);
        if (!open)
            return open.error();
        m_unchecked = 0;
        m_behind = *open == openKept + m_pace.mostFolded;
        const std::int64_t tooMany = *open >= openKept ? *open - openKept / 2 : 0;
        if (tooMany > 0 || over > *m_until)
            if (auto folded = fold(database, tooMany, over); !folded)
                return folded;
    }
    m_until.reset();
    return {};
}

Result<std::int64_t> RollupKeeper::foldBelow(Database &database, std::int64_t id)
{
    if (auto begun = begin(database); !begun)
        return begun.error();
    auto folded = *m_until < id ? fold(database, 0, id) : Result<void>();
    m_until.reset();
    return folded ? until(database) : folded.error();
}

void RollupKeeper::rolledBack()
{
    m_open.reset();
    m_rows.forget();
    m_batch.clear();
    m_until.reset();
    m_behind = true;
}

Result<void> RollupKeeper::fold(Database &database, std::int64_t atLeast, std::int64_t below)
{
    std::int64_t folded = 0;
    std::int64_t until = *m_until;
    bool all = true;
    EventRow row;
    m_open.bind(1, until);
    auto step = m_open.step();
    for (; all && step == Statement::Step::Row; step = m_open.step()) {
        const std::int64_t id = m_open.integer(0);
        if (folded >= atLeast && id >= below)
            break;
        if (m_rows.read(database, m_open, row)) // a damaged one is left out
            m_batch.add(row);
        until = id + 1;
        all = ++folded < m_pace.mostFolded;
        if (m_batch.size() < m_pace.batch)
            continue;
        if (auto flushed = flush(database); !flushed)
            return flushed;
    }
    m_open.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (auto flushed = flush(database); !flushed)
        return flushed;
    m_setUntil.bind(1, all ? std::max(until, below) : until);
    return m_setUntil.run() ? Result<void>() : database.lastError();
}

} // namespace farthing
