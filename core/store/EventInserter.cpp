// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventInserter.h"

#include "core/store/EventCodec.h"

#include <algorithm>

namespace farthing {

namespace {

/// Enough for a live view that was away for a moment; the rest it reads from `events`.
constexpr std::size_t recentKept = 10'000;
constexpr std::size_t dictionaryCacheLimit = 200'000;
constexpr std::int64_t mostMicroseconds = 100; ///< that events of one instant may spread over

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

EventInserter::EventInserter(StringDictionary dictionary, Statement insert, Statement sameId,
                             Statement detail, Statement recent, Statement count)
    : m_dictionary(std::move(dictionary))
    , m_insert(std::move(insert))
    , m_sameId(std::move(sameId))
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
    auto sameId =
        database.prepare("SELECT id, id_low FROM events WHERE id >= ?1 AND id < ?1 + ?2 ORDER BY id");
    auto detail = database.prepare("INSERT OR REPLACE INTO details (id, body) VALUES (?, ?)");
    auto recent = database.prepare("INSERT OR REPLACE INTO recent (sequence, event) VALUES (?, ?)");
    auto count = database.prepare("UPDATE state SET sequence = sequence + ?1, events = events + ?1, "
                                  "unpriced = unpriced + ?2 RETURNING sequence");
    for (const auto *statement : {&insert, &sameId, &detail, &recent, &count})
        if (!*statement)
            return statement->error();
    return EventInserter(*std::move(dictionary), *std::move(insert), *std::move(sameId), *std::move(detail),
                         *std::move(recent), *std::move(count));
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
    const auto free = freeRowId(event, row->idLow);
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
    m_inserted.push_back(row->id);
    m_unpriced += event.priced ? 0 : 1;
    return true;
}

/// A microsecond holds 1,024 events; logs with coarse times have more, and those take the next ones.
Result<std::optional<std::int64_t>> EventInserter::freeRowId(const CostEvent &event, std::int64_t idLow)
{
    const std::int64_t first = firstRowIdAt(event.time);
    for (std::int64_t begin = first; begin < first + mostMicroseconds * idsPerMicrosecond;
         begin += idsPerMicrosecond) {
        m_sameId.bind(1, begin);
        m_sameId.bind(2, idsPerMicrosecond);
        bool there = false;
        std::int64_t id = begin;
        while (m_sameId.step() == Statement::Step::Row) {
            there = there || m_sameId.integer(1) == idLow;
            id = m_sameId.integer(0) + 1;
        }
        m_sameId.reset();
        if (there)
            return std::optional<std::int64_t>();
        if (id < begin + idsPerMicrosecond)
            return std::optional(id);
    }
    return Error{"there are more than " + std::to_string(mostMicroseconds * idsPerMicrosecond) +
                 " events at " + formatRfc3339(event.time)};
}

Result<void> EventInserter::writeDetail(Database &database, std::int64_t rowId, const CostEvent &event)
{
    m_buffer.clear();
    encodeDetail(event, m_buffer);
    m_detail.bind(1, rowId);
    m_detail.bindBlob(2, m_buffer);
    return m_detail.run() ? Result<void>() : database.lastError();
}

Result<void> EventInserter::replace(Database &database, std::int64_t rowId, const CostEvent &event)
{
    auto row = toRow(database, event);
    if (!row)
        return row.error();
    row->id = rowId;
    bindRow(m_insert, *row);
    if (!m_insert.run())
        return database.lastError();
    return writeDetail(database, rowId, event);
}

Result<void> EventInserter::finish(Database &database)
{
    const auto count = static_cast<std::int64_t>(m_inserted.size());
    m_count.bind(1, count);
    m_count.bind(2, m_unpriced);
    const bool counted = m_count.step() == Statement::Step::Row;
    const std::int64_t last = counted ? m_count.integer(0) : 0;
    m_count.reset();
    if (!counted)
        return database.lastError();
    const std::size_t skipped = m_inserted.size() - std::min(m_inserted.size(), recentKept);
    for (std::size_t i = skipped; i < m_inserted.size(); ++i) {
        m_recent.bind(1, last - count + 1 + static_cast<std::int64_t>(i));
        m_recent.bind(2, m_inserted[i]);
        if (!m_recent.run())
            return database.lastError();
    }
    const std::string trim =
        "DELETE FROM recent WHERE sequence <= " + std::to_string(last) + " - " + std::to_string(recentKept);
    m_inserted.clear();
    m_unpriced = 0;
    return database.execute(trim.c_str());
}

void EventInserter::rolledBack()
{
    m_dictionary.forget();
    m_inserted.clear();
    m_unpriced = 0;
}

} // namespace farthing
