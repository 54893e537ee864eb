// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/costliest/CostliestKeeper.h"

namespace farthing {

CostliestKeeper::CostliestKeeper(RowReader rows, Statement find, Statement write, Statement scan)
    : m_rows(std::move(rows))
    , m_find(std::move(find))
    , m_write(std::move(write))
    , m_scan(std::move(scan))
{}

Result<CostliestKeeper> CostliestKeeper::open(Database &database)
{
    auto rows = RowReader::open(database);
    auto find = database.prepare("SELECT list FROM costliest WHERE id = ?");
    auto write = database.prepare("INSERT OR REPLACE INTO costliest (id, list) VALUES (?, ?)");
    auto scan = database.prepare("SELECT id, row FROM events WHERE id >= ? AND id < ? ORDER BY id");
    if (!rows)
        return rows.error();
    for (const auto *statement : {&find, &write, &scan})
        if (!*statement)
            return statement->error();
    return CostliestKeeper(*std::move(rows), *std::move(find), *std::move(write), *std::move(scan));
}

Result<void> CostliestKeeper::add(Database &database, CostOfRow event)
{
    for (const CostliestPlace::Span span : CostliestPlace::spans) {
        const auto open = listOf(database, CostliestPlace::of(span, event.id));
        if (!open)
            return open.error();
        (*open)->changed |= (*open)->list.add(event);
    }
    return {};
}

Result<void> CostliestKeeper::remove(Database &database, std::int64_t rowId)
{
    for (const CostliestPlace::Span span : CostliestPlace::spans) {
        const auto open = listOf(database, CostliestPlace::of(span, rowId));
        if (!open)
            return open.error();
        (*open)->changed |= (*open)->list.remove(rowId);
    }
    return {};
}

Result<CostliestKeeper::Open *> CostliestKeeper::listOf(Database &database, CostliestPlace place)
{
    Recent &recent = m_recent[static_cast<std::size_t>(place.span)];
    if (recent.open != nullptr && recent.place == place)
        return recent.open;
    auto known = m_lists.find(place.id());
    if (known == m_lists.end()) {
        m_find.bind(1, place.id());
        const auto step = m_find.step();
        auto list = step == Statement::Step::Row ? CostliestList::decode(m_find.bytes(0), place.capacity())
                                                 : std::nullopt;
        m_find.reset();
        if (step == Statement::Step::Failed)
            return database.lastError();
        const bool isNew = !list;
        if (isNew) {
            auto built = build(database, place);
            if (!built)
                return built.error();
            list = *std::move(built);
        }
        known = m_lists.emplace(place.id(), Open{*std::move(list), isNew}).first;
    }
    recent = {place, &known->second};
    return recent.open;
}

/// A damaged row is in no list.
Result<CostliestList> CostliestKeeper::build(Database &database, CostliestPlace place)
{
    CostliestList list(place.capacity());
    EventRow row;
    m_scan.bind(1, place.rows().from);
    m_scan.bind(2, place.rows().until);
    auto step = m_scan.step();
    for (; step == Statement::Step::Row; step = m_scan.step())
        if (m_rows.read(database, m_scan, row))
            list.add(CostOfRow::of(row));
    m_scan.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    return list;
}

Result<void> CostliestKeeper::finish(Database &database)
{
    std::string bytes;
    for (const auto &[place, open] : m_lists) {
        if (!open.changed)
            continue;
        bytes.clear();
        open.list.encode(bytes);
        m_write.bind(1, place);
        m_write.bindBlob(2, bytes);
        if (!m_write.run())
            return database.lastError();
    }
    // Somebody else may write before the next transaction.
    m_lists.clear();
    m_recent = {};
    return {};
}

void CostliestKeeper::rolledBack()
{
    m_scan.reset();
    m_rows.forget();
    m_lists.clear();
    m_recent = {};
}

Result<void> CostliestKeeper::rebuild(Database &database, std::int64_t first)
{
    if (auto cleared = database.execute("DELETE FROM costliest"); !cleared)
        return cleared;
    auto next = database.prepare("SELECT id FROM events WHERE id >= ? ORDER BY id LIMIT 1");
    if (!next)
        return next.error();
    for (const CostliestPlace::Span span : CostliestPlace::spans)
        for (std::int64_t from = first;;) {
            next->bind(1, from);
            const auto step = next->step();
            const std::int64_t row = step == Statement::Step::Row ? next->integer(0) : 0;
            next->reset();
            if (step == Statement::Step::Failed)
                return database.lastError();
            if (step == Statement::Step::Done)
                break;
            const auto place = CostliestPlace::of(span, row);
            if (const auto made = listOf(database, place); !made)
                return made.error();
            if (auto written = finish(database); !written)
                return written;
            from = place.rows().until;
        }
    return {};
}

} // namespace farthing
