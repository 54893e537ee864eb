// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventInserter.h"

#include "core/store/EventCodec.h"

#include <algorithm>

namespace farthing {

namespace {

/// Enough for a live view that was away for a moment; the rest it reads from `events`.
constexpr std::size_t recentKept = 10'000;
constexpr std::size_t dictionaryCacheLimit = 200'000;
constexpr std::int64_t crowdedFrom = 64; ///< events of one instant
constexpr std::size_t crowdsKept = 4096;

std::string parameters(int count)
{
    std::string text = "?";
    for (int i = 1; i < count; ++i)
        text += ",?";
    return text;
}

} // namespace

Result<StringDictionary> StringDictionary::open(Database &database)
{
    auto find = database.prepare("SELECT id FROM strings WHERE text = ?");
    auto insert = database.prepare("INSERT INTO strings (text) VALUES (?) RETURNING id");
    if (!find || !insert)
        return database.lastError();
    return StringDictionary(*std::move(find), *std::move(insert));
}

Result<std::int64_t> StringDictionary::idOf(Database &database, const std::string &text)
{
    if (text.empty())
        return std::int64_t(0);
    if (const auto known = m_ids.find(text); known != m_ids.end())
        return known->second;
    for (Statement *const statement : {&m_find, &m_insert}) {
        statement->bind(1, std::string_view(text));
        const auto step = statement->step();
        const std::int64_t id = step == Statement::Step::Row ? statement->integer(0) : 0;
        statement->reset();
        if (step == Statement::Step::Failed)
            return database.lastError();
        if (id != 0) {
            if (m_ids.size() >= dictionaryCacheLimit)
                m_ids.clear();
            m_ids.emplace(text, id);
            return id;
        }
    }
    return database.lastError();
}

EventInserter::EventInserter(StringDictionary dictionary, Statement insert, Statement rowsOf, Statement taken,
                             Statement detail, Statement recent, Statement count)
    : m_dictionary(std::move(dictionary))
    , m_insert(std::move(insert))
    , m_rowsOf(std::move(rowsOf))
    , m_taken(std::move(taken))
    , m_detail(std::move(detail))
    , m_recent(std::move(recent))
    , m_count(std::move(count))
{}

Result<EventInserter> EventInserter::open(Database &database)
{
    auto dictionary = StringDictionary::open(database);
    if (!dictionary)
        return dictionary.error();
    const std::string columns(eventRowColumns);
    auto insert = database.prepare("INSERT OR REPLACE INTO events (" + columns + ") VALUES (" +
                                   parameters(eventRowColumnCount) + ")");
    auto rowsOf =
        database.prepare("SELECT id, id_low FROM events WHERE id >= ?1 AND id < ?1 + ?2 ORDER BY id");
    auto taken = database.prepare("SELECT 1 FROM events WHERE id = ?");
    auto detail = database.prepare("INSERT OR REPLACE INTO details (id, body) VALUES (?, ?)");
    auto recent = database.prepare("INSERT OR REPLACE INTO recent (sequence, event) VALUES (?, ?)");
    auto count = database.prepare("UPDATE state SET sequence = sequence + ?1, events = events + ?2, "
                                  "unpriced = unpriced + ?3 RETURNING sequence");
    for (const auto *statement : {&insert, &rowsOf, &taken, &detail, &recent, &count})
        if (!*statement)
            return statement->error();
    return EventInserter(*std::move(dictionary), *std::move(insert), *std::move(rowsOf), *std::move(taken),
                         *std::move(detail), *std::move(recent), *std::move(count));
}

Result<EventRow> EventInserter::toRow(Database &database, const CostEvent &event)
{
    EventRow row;
    row.event = event;
    row.idLow = lowBits(event.eventId);
    for (std::size_t i = 0; i < textColumnCount; ++i) {
        const auto id = m_dictionary.idOf(database, textOf(event, static_cast<TextColumn>(i)));
        if (!id)
            return id.error();
        row.texts[i] = *id;
    }
    return row;
}

Result<bool> EventInserter::insert(Database &database, const CostEvent &event)
{
    auto row = toRow(database, event);
    if (!row)
        return row.error();
    const auto free = freeRowId(database, event, row->idLow);
    if (!free)
        return free.error();
    if (!*free)
        return false;
    row->id = **free;
    bindRow(m_insert, *row);
    if (!m_insert.run())
        return database.lastError();
    if (auto written = writeDetail(database, row->id, event); !written)
        return written.error();
    m_written.push_back(row->id);
    ++m_inserted;
    m_unpriced += event.priced ? 0 : 1;
    return true;
}

Result<std::optional<std::int64_t>> EventInserter::freeRowId(Database &database, const CostEvent &event,
                                                             std::int64_t idLow)
{
    const std::int64_t first = firstRowIdAt(event.time);
    if (const auto crowd = m_crowds.find(first); crowd != m_crowds.end())
        return freeRowIdAmong(database, crowd->second, idLow);
    m_rowsOf.bind(1, first);
    m_rowsOf.bind(2, idsPerMicrosecond);
    bool there = false;
    std::int64_t free = first;
    auto step = m_rowsOf.step();
    for (; step == Statement::Step::Row; step = m_rowsOf.step()) {
        there = there || m_rowsOf.integer(1) == idLow;
        free = m_rowsOf.integer(0) + 1;
    }
    m_rowsOf.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (there)
        return std::optional<std::int64_t>();
    if (free < first + crowdedFrom)
        return std::optional(free);
    auto crowd = readCrowd(database, first);
    if (!crowd)
        return crowd.error();
    if (m_crowds.size() >= crowdsKept)
        m_crowds.clear();
    return freeRowIdAmong(database, m_crowds.emplace(first, *std::move(crowd)).first->second, idLow);
}

/// Rows follow each other without a hole from the instant on, as far as it has any.
Result<EventInserter::Crowd> EventInserter::readCrowd(Database &database, std::int64_t first)
{
    Crowd crowd{{}, first, first + mostMoved.count() * idsPerMicrosecond};
    m_rowsOf.bind(1, first);
    m_rowsOf.bind(2, crowd.end - first);
    auto step = m_rowsOf.step();
    for (; step == Statement::Step::Row && m_rowsOf.integer(0) == crowd.next; step = m_rowsOf.step()) {
        crowd.idLows.insert(m_rowsOf.integer(1));
        ++crowd.next;
    }
    m_rowsOf.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    return crowd;
}

Result<std::optional<std::int64_t>> EventInserter::freeRowIdAmong(Database &database, Crowd &crowd,
                                                                  std::int64_t idLow)
{
    if (crowd.idLows.contains(idLow))
        return std::optional<std::int64_t>();
    for (; crowd.next < crowd.end; ++crowd.next) {
        m_taken.bind(1, crowd.next);
        const auto step = m_taken.step();
        m_taken.reset();
        if (step == Statement::Step::Failed)
            return database.lastError();
        if (step == Statement::Step::Row)
            continue;
        crowd.idLows.insert(idLow);
        return std::optional(crowd.next++);
    }
    return Error{"there are more than " + std::to_string(mostMoved.count() * idsPerMicrosecond) +
                 " events at one instant"};
}

Result<void> EventInserter::writeDetail(Database &database, std::int64_t rowId, const CostEvent &event)
{
    m_buffer.clear();
    encodeDetail(event, timeOfRowId(rowId) - event.time, m_buffer);
    m_detail.bind(1, rowId);
    m_detail.bindBlob(2, m_buffer);
    return m_detail.run() ? Result<void>() : database.lastError();
}

Result<void> EventInserter::replace(Database &database, std::int64_t rowId, const CostEvent &event,
                                    bool wasPriced)
{
    auto row = toRow(database, event);
    if (!row)
        return row.error();
    row->id = rowId;
    bindRow(m_insert, *row);
    if (!m_insert.run())
        return database.lastError();
    m_written.push_back(rowId);
    m_unpriced += (event.priced ? 0 : 1) - (wasPriced ? 0 : 1);
    return writeDetail(database, rowId, event);
}

Result<void> EventInserter::finish(Database &database)
{
    const auto count = static_cast<std::int64_t>(m_written.size());
    m_count.bind(1, count);
    m_count.bind(2, m_inserted);
    m_count.bind(3, m_unpriced);
    const bool counted = m_count.step() == Statement::Step::Row;
    const std::int64_t last = counted ? m_count.integer(0) : 0;
    m_count.reset();
    if (!counted)
        return database.lastError();
    const std::size_t skipped = m_written.size() - std::min(m_written.size(), recentKept);
    for (std::size_t i = skipped; i < m_written.size(); ++i) {
        m_recent.bind(1, last - count + 1 + static_cast<std::int64_t>(i));
        m_recent.bind(2, m_written[i]);
        if (!m_recent.run())
            return database.lastError();
    }
    const std::string trim =
        "DELETE FROM recent WHERE sequence <= " + std::to_string(last) + " - " + std::to_string(recentKept);
    forgetWritten();
    return database.execute(trim.c_str());
}

void EventInserter::rolledBack()
{
    m_dictionary.forget();
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
