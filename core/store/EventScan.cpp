// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventScan.h"

#include "core/store/EventCodec.h"

#include <cstring>

namespace farthing {

namespace {

constexpr std::uint64_t rowsBetweenChecks = 4096;

Error cancelled()
{
    return {"cancelled"};
}

} // namespace

RowRange rowRangeOf(const TimeRange &range)
{
    RowRange rows;
    if (range.since)
        rows.from = firstRowIdAt(*range.since);
    if (range.until)
        rows.until = firstRowIdAt(*range.until);
    return rows;
}

Result<void> EventScan::run(Database &database, RowRange range, ScanOrder order, const RowFilter &filter,
                            const std::atomic<bool> *cancel,
                            const std::function<bool(const EventRow &)> &visit)
{
    const std::string sql = "SELECT " + std::string(eventRowColumns) +
                            " FROM events WHERE id >= ? AND id < ? ORDER BY id " +
                            (order == ScanOrder::OldestFirst ? "ASC" : "DESC");
    auto statement = database.prepare(sql);
    if (!statement)
        return statement.error();
    statement->bind(1, range.from);
    statement->bind(2, range.until);
    EventRow row;
    for (std::uint64_t n = 0;; ++n) {
        if (n % rowsBetweenChecks == 0 && cancel != nullptr && cancel->load(std::memory_order_relaxed))
            return cancelled();
        switch (statement->step()) {
        case Statement::Step::Done:
            return {};
        case Statement::Step::Failed:
            return database.lastError();
        case Statement::Step::Row:
            readRow(*statement, row);
            if (filter.accepts(row) && !visit(row))
                return {};
        }
    }
}

EventLoader::EventLoader(Statement detail, Statement row, Statement find)
    : m_detail(std::move(detail))
    , m_row(std::move(row))
    , m_find(std::move(find))
{}

Result<EventLoader> EventLoader::open(Database &database)
{
    auto detail = database.prepare(
        "SELECT e.call_id, d.body FROM events e LEFT JOIN details d ON d.id = e.id WHERE e.id = ?");
    auto row = database.prepare("SELECT " + std::string(eventRowColumns) + " FROM events WHERE id = ?");
    auto find = database.prepare("SELECT id FROM events WHERE id >= ?1 AND id < ?1 + ?2 AND id_low = ?3");
    for (const auto *statement : {&detail, &row, &find})
        if (!*statement)
            return statement->error();
    return EventLoader(*std::move(detail), *std::move(row), *std::move(find));
}

Result<CostEvent> EventLoader::load(Database &database, const EventRow &row, StringTable &strings)
{
    CostEvent event = row.event;
    for (std::size_t i = 0; i < textColumnCount; ++i)
        textOf(event, static_cast<TextColumn>(i)) = strings.text(row.texts[i]);
    m_detail.bind(1, row.id);
    const auto step = m_detail.step();
    if (step == Statement::Step::Row) {
        const std::string_view body = m_detail.bytes(1);
        const bool readable = body.empty() || decodeDetail(body, event);
        event.eventId = eventIdOf(event.time, row.idLow);
        event.callId = event.eventId;
        if (const std::string_view call = m_detail.bytes(0); call.size() == event.callId.bytes.size())
            std::memcpy(event.callId.bytes.data(), call.data(), call.size());
        if (!readable) {
            m_detail.reset();
            return Error{"the details of event " + event.eventId.toString() + " cannot be read"};
        }
    }
    m_detail.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    return event;
}

Result<std::optional<CostEvent>> EventLoader::loadById(Database &database, std::int64_t rowId,
                                                       StringTable &strings)
{
    m_row.bind(1, rowId);
    EventRow row;
    const auto step = m_row.step();
    if (step == Statement::Step::Row)
        readRow(m_row, row);
    m_row.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (step == Statement::Step::Done)
        return std::optional<CostEvent>();
    auto event = load(database, row, strings);
    if (!event)
        return event.error();
    return std::optional(*std::move(event));
}

Result<std::optional<std::int64_t>> EventLoader::find(Database &database, const Uuid &id)
{
    m_find.bind(1, firstRowIdAt(id.timeOfV7()));
    m_find.bind(2, mostMoved.count() * idsPerMicrosecond);
    m_find.bind(3, lowBits(id));
    const auto step = m_find.step();
    const std::int64_t rowId = step == Statement::Step::Row ? m_find.integer(0) : 0;
    m_find.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    return step == Statement::Step::Row ? std::optional(rowId) : std::nullopt;
}

} // namespace farthing
