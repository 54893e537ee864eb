// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/retention/Retention.h"

#include "core/store/EventRow.h"
#include "core/store/costliest/CostliestPlace.h"
#include "core/store/rollup/RollupCube.h"

#include <algorithm>

namespace farthing {

namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto aStep = 10ms;
constexpr std::int64_t rowsAtOnce = 256;
constexpr std::int64_t partsAtOnce = 16; ///< of sums; one may have a hundred kilobytes
constexpr std::size_t mostFolded = 8192;

std::int64_t rowsSince(int days, Timestamp now)
{
    const auto since = keptSince(days, now);
    return since ? firstRowIdAt(*since) : 0;
}

/// The ids of a cube's parts that are about rows below this one.
std::pair<std::int64_t, std::int64_t> partsBelow(RollupCube cube, std::int64_t row)
{
    return {RollupPlace{cube, 0, 0}.firstId(),
            RollupPlace{cube, rollupBucketAt(cube, timeOfRowId(row)), 0}.firstId()};
}

std::pair<std::int64_t, std::int64_t> listsBelow(CostliestPlace::Span span, std::int64_t row)
{
    return {CostliestPlace{span, 0}.id(), CostliestPlace::of(span, row).id()};
}

void bindRange(Statement &statement, std::pair<std::int64_t, std::int64_t> range)
{
    statement.bind(1, range.first);
    statement.bind(2, range.second);
}

} // namespace

std::optional<Timestamp> keptSince(int days, Timestamp now)
{
    if (days <= 0)
        return std::nullopt;
    return std::chrono::floor<std::chrono::days>(now - std::chrono::days(days));
}

Retention::Retention(KeptDays days, RollupKeeper keeper, PrefixMarkReader marks)
    : m_days(days)
    , m_keeper(std::move(keeper))
    , m_marks(std::move(marks))
{}

Result<Retention> Retention::open(Database &database, KeptDays days)
{
    auto keeper = RollupKeeper::open(database, {.mostFolded = mostFolded});
    auto marks = PrefixMarkReader::open(database);
    if (!keeper || !marks)
        return !keeper ? keeper.error() : marks.error();
    Retention retention(days, *std::move(keeper), *std::move(marks));
    if (auto prepared = retention.prepare(database); !prepared)
        return prepared.error();
    return retention;
}

Result<void> Retention::prepare(Database &database)
{
    const std::pair<Statement *, const char *> statements[] = {
        {&m_state, "SELECT events_from, sums_from, marks_checked, marks_until, (SELECT until FROM "
                   "rollup_state), (SELECT min(id) FROM events) FROM state"},
        {&m_oldPart, "SELECT 1 FROM rollups WHERE id >= ? AND id < ? LIMIT 1"},
        {&m_oldList, "SELECT 1 FROM costliest WHERE id >= ? AND id < ? LIMIT 1"},
        {&m_marked, "SELECT id, marks FROM events WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"},
        {&m_writeMarks, "UPDATE events SET marks = ? WHERE id = ?"},
        {&m_setMarks, "UPDATE state SET marks_checked = ?"},
        {&m_setEvents, "UPDATE state SET events_from = ?"},
        {&m_setSums, "UPDATE state SET sums_from = ?"},
        {&m_rows, "SELECT id, row FROM events WHERE id < ? ORDER BY id LIMIT ?"},
        {&m_removeRows, "DELETE FROM events WHERE id <= ?"},
        {&m_count, "UPDATE state SET events = events - ?, unpriced = unpriced - ?"},
        {&m_lastPart, "SELECT count(*), max(id) FROM (SELECT id FROM rollups WHERE id >= ? AND id < ? ORDER "
                      "BY id LIMIT ?)"},
        {&m_removeParts, "DELETE FROM rollups WHERE id >= ? AND id <= ?"},
        {&m_removeLists, "DELETE FROM costliest WHERE id >= ? AND id < ?"}};
    for (const auto &[statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared)
            return prepared.error();
        *statement = *std::move(prepared);
    }
    return {};
}

Result<Retention::State> Retention::look(Database &database, Timestamp now)
{
    State state;
    const bool found = m_state.step() == Statement::Step::Row;
    if (found) {
        std::int64_t *const values[] = {&state.eventsFrom, &state.sumsFrom, &state.marksChecked,
                                        &state.marksUntil, &state.folded};
        for (int i = 0; i < 5; ++i)
            *values[i] = m_state.integer(i);
        if (!m_state.isNull(5))
            state.firstRow = m_state.integer(5);
    }
    m_state.reset();
    if (!found)
        return database.lastError();
    state.eventsWanted = std::max(state.eventsFrom, rowsSince(m_days.events, now));
    state.sumsWanted = std::max(state.sumsFrom, std::min(rowsSince(m_days.sums, now), state.eventsFrom));
    const auto hasAny = [](Statement &statement, std::pair<std::int64_t, std::int64_t> range) {
        bindRange(statement, range);
        const bool any = statement.step() == Statement::Step::Row;
        statement.reset();
        return any;
    };
    for (const RollupCube cube : allRollupCubes)
        state.hasOldSums = state.hasOldSums || hasAny(m_oldPart, partsBelow(cube, state.sumsFrom));
    for (const auto span : CostliestPlace::spans)
        state.hasOldLists = state.hasOldLists || hasAny(m_oldList, listsBelow(span, state.eventsFrom));
    return state;
}

bool Retention::isDue(const State &state)
{
    return state.eventsFrom < state.eventsWanted || state.sumsFrom < state.sumsWanted || state.hasOldSums ||
           state.hasOldLists || (state.firstRow && *state.firstRow < state.eventsFrom);
}

Result<bool> Retention::isDue(Database &database, Timestamp now)
{
    const auto state = look(database, now);
    return state ? Result<bool>(isDue(*state)) : state.error();
}

Result<void> Retention::step(Database &database, Timestamp now)
{
    const auto state = look(database, now);
    if (!state)
        return state.error();
    const bool removesRows = state->firstRow && *state->firstRow < state->eventsWanted;
    if (removesRows && state->marksChecked < state->marksUntil)
        return checkMarks(database, *state);
    if (state->firstRow && *state->firstRow < state->eventsFrom)
        return removeRows(database, state->eventsFrom);
    if (state->hasOldLists)
        return removeLists(database, state->eventsFrom);
    if (state->sumsFrom < state->sumsWanted)
        return set(database, m_setSums, state->sumsWanted);
    if (state->hasOldSums)
        return removeSums(database, state->sumsFrom);
    return state->eventsFrom < state->eventsWanted ? moveHorizon(database, *state) : Result<void>();
}

Result<void> Retention::set(Database &database, Statement &statement, std::int64_t value)
{
    statement.bind(1, value);
    return statement.run() ? Result<void>() : database.lastError();
}

/// Once in a store's life: marks that an earlier version wrote, and that begin as those of a row of another
/// day, are written out, as that row will be gone first.
Result<void> Retention::checkMarks(Database &database, const State &state)
{
    const auto until = SteadyClock::now() + aStep;
    std::int64_t next = state.marksChecked;
    std::vector<std::pair<std::int64_t, std::vector<PrefixMark>>> far;
    std::vector<PrefixMark> marks;
    std::string bytes;
    do {
        far.clear();
        m_marked.bind(1, next);
        m_marked.bind(2, state.marksUntil);
        m_marked.bind(3, rowsAtOnce);
        std::int64_t seen = 0;
        auto step = m_marked.step();
        for (; step == Statement::Step::Row; step = m_marked.step(), ++seen) {
            const std::int64_t row = m_marked.integer(0);
            next = row + 1;
            if (refersToAnotherDay(row, m_marked.bytes(1)) && m_marks.read(row, m_marked.bytes(1), marks))
                far.emplace_back(row, marks);
        }
        m_marked.reset();
        if (step == Statement::Step::Failed)
            return database.lastError();
        for (const auto &[row, whole] : far) {
            bytes.clear();
            writeInFull(whole, bytes);
            m_writeMarks.bindBlob(1, bytes);
            m_writeMarks.bind(2, row);
            if (!m_writeMarks.run())
                return database.lastError();
        }
        if (seen < rowsAtOnce)
            next = state.marksUntil;
    } while (next < state.marksUntil && SteadyClock::now() < until);
    return set(database, m_setMarks, next);
}

/// By one day that has rows.
Result<void> Retention::moveHorizon(Database &database, const State &state)
{
    std::int64_t next = state.eventsWanted;
    if (state.firstRow && *state.firstRow < next)
        next = std::min(next, CostliestPlace::of(CostliestPlace::Span::Day, *state.firstRow).rows().until);
    if (state.folded < next) {
        const auto folded = m_keeper.foldBelow(database, next);
        if (!folded)
            return folded.error();
        if (*folded < next)
            return {};
    }
    return set(database, m_setEvents, next);
}

Result<void> Retention::removeRows(Database &database, std::int64_t below)
{
    const auto until = SteadyClock::now() + aStep;
    std::int64_t removed = 0;
    std::int64_t unpriced = 0;
    std::int64_t seen = 0;
    EventRow row;
    do {
        m_rows.bind(1, below);
        m_rows.bind(2, rowsAtOnce);
        std::int64_t last = 0;
        seen = 0;
        auto step = m_rows.step();
        for (; step == Statement::Step::Row; step = m_rows.step(), ++seen) {
            last = m_rows.integer(0);
            unpriced += decodeRow(m_rows.bytes(1), row) && !row.event.cost ? 1 : 0;
        }
        m_rows.reset();
        if (step == Statement::Step::Failed)
            return database.lastError();
        if (seen == 0)
            break;
        if (auto done = set(database, m_removeRows, last); !done)
            return done;
        removed += seen;
    } while (seen == rowsAtOnce && SteadyClock::now() < until);
    m_count.bind(1, removed);
    m_count.bind(2, unpriced);
    return m_count.run() ? Result<void>() : database.lastError();
}

Result<void> Retention::removeLists(Database &database, std::int64_t below)
{
    for (const auto span : CostliestPlace::spans) {
        bindRange(m_removeLists, listsBelow(span, below));
        if (!m_removeLists.run())
            return database.lastError();
    }
    return {};
}

Result<void> Retention::removeSums(Database &database, std::int64_t below)
{
    const auto until = SteadyClock::now() + aStep;
    for (const RollupCube cube : allRollupCubes) {
        const auto range = partsBelow(cube, below);
        for (std::int64_t parts = partsAtOnce; parts == partsAtOnce && SteadyClock::now() < until;) {
            bindRange(m_lastPart, range);
            m_lastPart.bind(3, partsAtOnce);
            const bool read = m_lastPart.step() == Statement::Step::Row;
            parts = read ? m_lastPart.integer(0) : 0;
            const std::int64_t last = read && parts > 0 ? m_lastPart.integer(1) : 0;
            m_lastPart.reset();
            if (!read)
                return database.lastError();
            if (parts == 0)
                break;
            bindRange(m_removeParts, {range.first, last});
            if (!m_removeParts.run())
                return database.lastError();
        }
    }
    return {};
}

} // namespace farthing
