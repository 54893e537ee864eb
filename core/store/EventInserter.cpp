// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventInserter.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace {

/// Enough for a live view that was away for a moment; the rest it reads from `events`.
constexpr std::int64_t recentKept = 10'000;
constexpr std::int64_t crowdedFrom = 64; ///< events of one instant
constexpr std::size_t crowdsKept = 4096;

} // namespace

EventInserter::EventInserter(Dictionary strings, ShapeDictionary shapes, DetailWriter details,
                             RollupPace pace)
    : m_strings(std::move(strings))
    , m_shapes(std::move(shapes))
    , m_details(std::move(details))
    , m_pace(pace)
{}

Result<EventInserter> EventInserter::open(Database &database, RollupPace pace)
{
    auto strings = Dictionary::open(database, Numbered::Strings);
    auto shapes = ShapeDictionary::open(database);
    auto details = DetailWriter::open(database);
    if (!strings || !shapes || !details)
        return database.lastError();
    EventInserter inserter(*std::move(strings), *std::move(shapes), *std::move(details), pace);
    if (auto prepared = inserter.prepare(database); !prepared)
        return prepared.error();
    return inserter;
}

Result<void> EventInserter::prepare(Database &database)
{
    const std::pair<Statement *, const char *> statements[] = {
        {&m_insert, "INSERT INTO events (id, row, marks, details) VALUES (?, ?, ?, ?)"},
        {&m_replace, "INSERT OR REPLACE INTO events (id, row, marks, details) VALUES (?, ?, ?, ?)"},
        {&m_rowsOf, "SELECT id, row FROM events WHERE id >= ?1 AND id < ?1 + ?2 ORDER BY id"},
        {&m_taken, "SELECT 1 FROM events WHERE id = ?"},
        {&m_recent, "INSERT OR REPLACE INTO recent (sequence, events) VALUES (?, ?)"},
        {&m_trim, "DELETE FROM recent WHERE sequence <= ?"},
        {&m_count, "UPDATE state SET sequence = sequence + ?1, events = events + ?2, "
                   "unpriced = unpriced + ?3 RETURNING sequence"},
    };
    for (const auto &[statement, sql] : statements) {
        auto prepared = database.prepare(sql);
        if (!prepared)
            return prepared.error();
        *statement = *std::move(prepared);
    }
    return {};
}

Result<void> EventInserter::encode(Database &database, const CostEvent &event)
{
    m_numbers = {};
    m_numbers.idLow = lowBits(event.eventId);
    m_marks.prepare(event.anatomy.prefix);
    const std::array own = {TextColumn::User, TextColumn::Session, TextColumn::Error};
    const auto keyOf = [&](TextColumn column) { return KnownTexts::Key(textOf(event, column)); };
    const std::array keys = {keyOf(own[0]), keyOf(own[1]), keyOf(own[2])};
    for (const auto &key : keys)
        m_strings.expect(key);
    const auto shape = m_shapes.idOf(database, m_strings, event);
    if (!shape)
        return shape.error();
    m_numbers.shape = *shape;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto number = m_strings.idOf(database, keys[i]);
        if (!number)
            return number.error();
        m_numbers.texts[static_cast<std::size_t>(own[i])] = *number;
    }
    m_detailBytes.clear();
    return m_details.write(database, m_strings, event, m_detailBytes);
}

/// The place may be taken, which the error's code says.
Result<void> EventInserter::write(Database &database, Statement &statement, std::int64_t rowId,
                                  const CostEvent &event)
{
    m_numbers.moved = timeOfRowId(rowId) - event.time;
    m_rowBytes.clear();
    encodeRow(event, m_numbers, m_rowBytes);
    statement.bind(1, rowId);
    statement.bindBlob(2, m_rowBytes);
    m_markBytes.clear();
    m_marks.write(rowId, m_markBytes);
    statement.bindBlob(3, m_markBytes);
    statement.bindBlob(4, m_detailBytes);
    if (!statement.run())
        return database.lastError();
    m_marks.written(rowId);
    return {};
}

Result<EventInserter::Inserted> EventInserter::insert(Database &database, const CostEvent &event)
{
    const auto place = insertAnywhere(database, event);
    if (!place)
        return place.error();
    return place->isThere ? Inserted::AlreadyThere : Inserted::New;
}

Result<EventInserter::Inserted> EventInserter::insertGrown(Database &database, const CostEvent &event)
{
    const auto place = insertAnywhere(database, event);
    if (!place)
        return place.error();
    if (!place->isThere)
        return Inserted::New;
    EventRow row;
    const auto isRow = readRow(database, place->rowId, row);
    if (!isRow)
        return isRow.error();
    if (!*isRow || row.event.usage.output >= event.usage.output)
        return Inserted::AlreadyThere;
    const auto replaced = replace(database, place->rowId, event, row.event.cost.has_value());
    return replaced ? Result<Inserted>(Inserted::Replaced) : replaced.error();
}

Result<void> EventInserter::insertMetered(Database &database, const CostEvent &event)
{
    const auto place = insertAnywhere(database, event);
    if (!place)
        return place.error();
    // What is guessed of a call that ended with its process replaces nothing.
    if (!place->isThere || event.status == status::proxyDied)
        return {};
    EventRow row;
    const auto isRow = readRow(database, place->rowId, row);
    return isRow ? replace(database, place->rowId, event, *isRow && row.event.cost) : isRow.error();
}

Result<EventInserter::Place> EventInserter::insertAnywhere(Database &database, const CostEvent &event)
{
    if (auto encoded = encode(database, event); !encoded)
        return encoded.error();
    const std::int64_t first = firstRowIdAt(event.time);
    if (m_crowds.contains(first))
        return insertBesideOthers(database, event);
    // Where the instant has no row, it has no event.
    if (auto written = write(database, m_insert, first, event); !written)
        return database.isTaken() ? insertBesideOthers(database, event) : Result<Place>(written.error());
    return noteInserted(database, first, event);
}

Result<EventInserter::Place> EventInserter::insertBesideOthers(Database &database, const CostEvent &event)
{
    auto place = placeOf(database, event, m_numbers.idLow);
    if (!place || place->isThere)
        return place;
    if (auto written = write(database, m_insert, place->rowId, event); !written)
        return written.error();
    return noteInserted(database, place->rowId, event);
}

Result<bool> EventInserter::readRow(Database &database, std::int64_t rowId, EventRow &row)
{
    m_rowsOf.bind(1, rowId);
    m_rowsOf.bind(2, 1);
    const auto step = m_rowsOf.step();
    const bool isRow = step == Statement::Step::Row && decodeRow(m_rowsOf.bytes(1), row);
    m_rowsOf.reset();
    return step == Statement::Step::Failed ? Result<bool>(database.lastError()) : isRow;
}

Result<EventInserter::Place> EventInserter::noteInserted(Database &database, std::int64_t rowId,
                                                         const CostEvent &event)
{
    const auto summaries = kept(database);
    if (!summaries)
        return summaries.error();
    if (auto added = (*summaries)->add(database, rowId, event); !added)
        return added.error();
    m_written.push_back(rowId);
    ++m_inserted;
    m_unpriced += event.priced ? 0 : 1;
    return Place{rowId, false};
}

Result<EventInserter::Kept *> EventInserter::kept(Database &database)
{
    if (!m_kept) {
        auto rollups = RollupKeeper::open(database, m_pace);
        auto costliest = CostliestKeeper::open(database);
        if (!rollups || !costliest)
            return !rollups ? rollups.error() : costliest.error();
        m_kept = Kept{*std::move(rollups), *std::move(costliest)};
    }
    return &*m_kept;
}

Result<void> EventInserter::Kept::add(Database &database, std::int64_t rowId, const CostEvent &event)
{
    auto added = rollups.add(database, rowId);
    return added ? costliest.add(database, {event.cost ? event.cost->nanoUsd() : -1, rowId}) : added;
}

Result<void> EventInserter::Kept::remove(Database &database, std::int64_t rowId)
{
    auto removed = rollups.remove(database, rowId);
    return removed ? costliest.remove(database, rowId) : removed;
}

Result<void> EventInserter::Kept::finish(Database &database)
{
    auto done = rollups.finish(database);
    return done ? costliest.finish(database) : done;
}

Result<EventInserter::Place> EventInserter::placeOf(Database &database, const CostEvent &event,
                                                    std::int64_t idLow)
{
    const std::int64_t first = firstRowIdAt(event.time);
    if (const auto crowd = m_crowds.find(first); crowd != m_crowds.end())
        return placeAmong(database, crowd->second, idLow);
    m_rowsOf.bind(1, first);
    m_rowsOf.bind(2, idsPerMicrosecond);
    Place place{first, false};
    auto step = m_rowsOf.step();
    for (; step == Statement::Step::Row && !place.isThere; step = m_rowsOf.step()) {
        place.isThere = idLowOfRow(m_rowsOf.bytes(1)) == idLow;
        place.rowId = m_rowsOf.integer(0) + (place.isThere ? 0 : 1);
    }
    m_rowsOf.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (place.isThere || place.rowId < first + crowdedFrom)
        return place;
    auto crowd = readCrowd(database, first);
    if (!crowd)
        return crowd.error();
    if (m_crowds.size() >= crowdsKept)
        m_crowds.clear();
    return placeAmong(database, m_crowds.emplace(first, *std::move(crowd)).first->second, idLow);
}

/// Rows follow each other without a hole from the instant on, as far as it has any.
Result<EventInserter::Crowd> EventInserter::readCrowd(Database &database, std::int64_t first)
{
    Crowd crowd{{}, first, first + mostMoved.count() * idsPerMicrosecond};
    m_rowsOf.bind(1, first);
    m_rowsOf.bind(2, crowd.end - first);
    auto step = m_rowsOf.step();
    for (; step == Statement::Step::Row && m_rowsOf.integer(0) == crowd.next; step = m_rowsOf.step()) {
        crowd.rowIds.emplace(idLowOfRow(m_rowsOf.bytes(1)), crowd.next);
        ++crowd.next;
    }
    m_rowsOf.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    return crowd;
}

Result<EventInserter::Place> EventInserter::placeAmong(Database &database, Crowd &crowd, std::int64_t idLow)
{
    if (const auto found = crowd.rowIds.find(idLow); found != crowd.rowIds.end())
        return Place{found->second, true};
    for (; crowd.next < crowd.end; ++crowd.next) {
        m_taken.bind(1, crowd.next);
        const auto step = m_taken.step();
        m_taken.reset();
        if (step == Statement::Step::Failed)
            return database.lastError();
        if (step == Statement::Step::Row)
            continue;
        crowd.rowIds.emplace(idLow, crowd.next);
        return Place{crowd.next++, false};
    }
    return Error{"there are more than " + std::to_string(mostMoved.count() * idsPerMicrosecond) +
                 " events at one instant"};
}

Result<void> EventInserter::replace(Database &database, std::int64_t rowId, const CostEvent &event,
                                    bool wasPriced)
{
    const auto summaries = kept(database);
    if (!summaries)
        return summaries.error();
    if (auto removed = (*summaries)->remove(database, rowId); !removed)
        return removed;
    if (auto converted = convert(database, rowId, event); !converted)
        return converted;
    if (auto added = (*summaries)->add(database, rowId, event); !added)
        return added;
    m_written.push_back(rowId);
    m_unpriced += (event.priced ? 0 : 1) - (wasPriced ? 0 : 1);
    return {};
}

Result<void> EventInserter::convert(Database &database, std::int64_t rowId, const CostEvent &event)
{
    if (auto encoded = encode(database, event); !encoded)
        return encoded;
    return write(database, m_replace, rowId, event);
}

Result<void> EventInserter::finish(Database &database)
{
    m_count.bind(1, std::ssize(m_written));
    m_count.bind(2, m_inserted);
    m_count.bind(3, m_unpriced);
    const bool counted = m_count.step() == Statement::Step::Row;
    const std::int64_t last = counted ? m_count.integer(0) : 0;
    m_count.reset();
    if (!counted)
        return database.lastError();
    auto done = m_written.empty() ? Result<void>() : noteRecent(database, last);
    forgetWritten();
    return done ? catchUp(database) : done;
}

Result<void> EventInserter::catchUp(Database &database)
{
    const auto summaries = kept(database);
    return summaries ? (*summaries)->finish(database) : summaries.error();
}

/// One row for all that a transaction wrote, under the number of the last.
Result<void> EventInserter::noteRecent(Database &database, std::int64_t last)
{
    const std::span written(m_written);
    const auto kept = written.last(static_cast<std::size_t>(std::min(std::ssize(written), recentKept)));
    m_recent.bind(1, last);
    m_recent.bindBlob(2, {reinterpret_cast<const char *>(kept.data()), kept.size_bytes()});
    m_trim.bind(1, last - recentKept);
    if (!m_recent.run() || !m_trim.run())
        return database.lastError();
    return {};
}

void EventInserter::rolledBack()
{
    m_strings.forget();
    m_shapes.forget();
    m_details.forget();
    m_marks.forget();
    if (m_kept) {
        m_kept->rollups.rolledBack();
        m_kept->costliest.rolledBack();
    }
    forgetWritten();
}

void EventInserter::forgetWritten()
{
    m_crowds.clear();
    m_written.clear();
    m_inserted = 0;
    m_unpriced = 0;
}

} // namespace farthing
