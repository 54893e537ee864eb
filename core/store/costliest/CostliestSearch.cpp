// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/costliest/CostliestSearch.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr CostOfRow highest{std::numeric_limits<std::int64_t>::max(),
                            std::numeric_limits<std::int64_t>::max()};

} // namespace

CostliestSearch::CostliestSearch(Database &database, RowReader &rows, RowRange range, RowFilter filter,
                                 const std::atomic<bool> *cancel, Statement lists, Statement row)
    : m_database(&database)
    , m_rows(&rows)
    , m_range(range)
    , m_filter(std::move(filter))
    , m_below(highest)
    , m_cancel(cancel)
    , m_listStatement(std::move(lists))
    , m_rowStatement(std::move(row))
{}

Result<CostliestSearch> CostliestSearch::open(Database &database, RowReader &rows, RowRange range,
                                              RowFilter filter, std::optional<CostOfRow> before,
                                              const std::atomic<bool> *cancel)
{
    auto bounds = database.prepare(
        "SELECT (SELECT min(id) FROM events WHERE id >= max(?1, (SELECT events_from FROM state))),"
        " (SELECT max(id) FROM events WHERE id < ?2)");
    auto lists = database.prepare("SELECT id, list FROM costliest WHERE id >= ? AND id < ? ORDER BY id");
    auto row = database.prepare("SELECT id, row FROM events WHERE id = ?");
    for (const auto *statement : {&bounds, &lists, &row})
        if (!*statement)
            return statement->error();
    bounds->bind(1, range.from);
    bounds->bind(2, range.until);
    if (bounds->step() != Statement::Step::Row)
        return database.lastError();
    range.from = std::max(range.from, bounds->integer(0));
    range.until =
        bounds->isNull(0) || bounds->isNull(1) ? range.from : std::min(range.until, bounds->integer(1) + 1);
    CostliestSearch search(database, rows, range, std::move(filter), cancel, *std::move(lists),
                           *std::move(row));
    if (before)
        search.m_below = *before;
    return search;
}

void CostliestSearch::push(Source source)
{
    m_heap.push_back(source);
    std::ranges::push_heap(m_heap, {}, &Source::bound);
}

bool CostliestSearch::isWithin(CostOfRow one) const
{
    return one < m_below && one.id >= m_range.from && one.id < m_range.until;
}

Result<void> CostliestSearch::addDays()
{
    if (m_range.from >= m_range.until)
        return {};
    using enum CostliestPlace::Span;
    return addPlaces(CostliestPlace::of(Day, m_range.from),
                     CostliestPlace::of(Day, m_range.until - 1).bucket + 1, highest);
}

void CostliestSearch::addRows(RowRange rows, std::int64_t atMost)
{
    rows = {std::max(rows.from, m_range.from), std::min(rows.until, m_range.until)};
    if (rows.from >= rows.until)
        return;
    m_stretches.emplace_back(rows, highest);
    push({{atMost, highest.id}, Source::Kind::Rows, m_stretches.size() - 1});
}

Result<void> CostliestSearch::addPlaces(CostliestPlace first, std::int64_t untilBucket, CostOfRow below)
{
    const auto addMissing = [&](std::int64_t from, std::int64_t until) {
        if (from >= until)
            return;
        const std::int64_t ids = CostliestPlace::idsOf(first.span);
        m_stretches.emplace_back(
            RowRange{std::max(m_range.from, from * ids), std::min(m_range.until, until * ids)}, below);
        push({below, Source::Kind::Rows, m_stretches.size() - 1});
    };
    m_listStatement.bind(1, first.id());
    m_listStatement.bind(2, CostliestPlace{first.span, untilBucket}.id());
    std::int64_t next = first.bucket;
    auto step = m_listStatement.step();
    for (; step == Statement::Step::Row; step = m_listStatement.step()) {
        const auto place = CostliestPlace::fromId(m_listStatement.integer(0));
        auto list = CostliestList::decode(m_listStatement.bytes(1), place.capacity());
        if (!list)
            continue;
        addMissing(next, place.bucket);
        next = place.bucket + 1;
        m_lists.push_back({place, *std::move(list), below});
        pushNext(m_lists.size() - 1);
    }
    m_listStatement.reset();
    if (step == Statement::Step::Failed)
        return m_database->lastError();
    addMissing(next, untilBucket);
    return {};
}

/// What comes next of a list: an entry, or what lies below its floor.
void CostliestSearch::pushNext(std::size_t index)
{
    OpenList &open = m_lists[index];
    const auto &entries = open.list.entries();
    while (open.next < entries.size() && (entries[open.next] >= open.below || !isWithin(entries[open.next])))
        ++open.next;
    if (open.next < entries.size())
        push({entries[open.next], Source::Kind::List, index});
    else if (open.list.floor() != CostOfRow::lowest())
        push({std::min({open.list.floor(), open.below, m_below}), Source::Kind::List, index});
}

Result<void> CostliestSearch::goOn(const OpenList &list)
{
    // The floor itself is not listed, and neither is anything below.
    const CostOfRow floor = list.list.floor();
    const CostOfRow below = std::min(list.below, CostOfRow{floor.cost, floor.id + 1});
    const RowRange rows = list.place.rows();
    if (list.place.span == CostliestPlace::Span::Day) {
        const auto first = CostliestPlace::of(CostliestPlace::Span::Hour, rows.from);
        return addPlaces(first, first.bucket + 24, below);
    }
    m_stretches.emplace_back(RowRange{std::max(rows.from, m_range.from), std::min(rows.until, m_range.until)},
                             below);
    push({std::min(below, m_below), Source::Kind::Rows, m_stretches.size() - 1});
    return {};
}

Result<void> CostliestSearch::readRows(RowRange rows, CostOfRow below, std::size_t limit)
{
    below = std::min(below, m_below);
    const auto higher = [](const EventRow &a, const EventRow &b) {
        return CostOfRow::of(a) > CostOfRow::of(b);
    };
    std::vector<EventRow> best; // a heap, its lowest first
    auto read = EventScan::run(
        *m_database, *m_rows, rows, ScanOrder::OldestFirst, m_filter, m_cancel, [&](const EventRow &row) {
            const CostOfRow key = CostOfRow::of(row);
            if (key >= below || (best.size() == limit && key <= CostOfRow::of(best.front())))
                return true;
            if (best.size() == limit) {
                std::ranges::pop_heap(best, higher);
                best.pop_back();
            }
            best.push_back(row);
            std::ranges::push_heap(best, higher);
            return true;
        });
    if (!read)
        return read;
    for (EventRow &one : best) {
        push({CostOfRow::of(one), Source::Kind::Found, m_found.size()});
        m_found.push_back(std::move(one));
    }
    return {};
}

Result<EventRow> CostliestSearch::rowOf(std::int64_t id)
{
    EventRow row;
    m_rowStatement.bind(1, id);
    const bool found = m_rowStatement.step() == Statement::Step::Row;
    auto read = found ? m_rows->read(*m_database, m_rowStatement, row)
                      : Result<void>(Error{"a list of the most expensive events names one that is not there: "
                                           "farthingctl doctor --rebuild makes it anew",
                                           m_database->path().string()});
    m_rowStatement.reset();
    return read ? Result<EventRow>(row) : read.error();
}

Result<std::vector<std::pair<CostOfRow, EventRow>>> CostliestSearch::take(std::size_t limit)
{
    std::vector<std::pair<CostOfRow, EventRow>> taken;
    while (taken.size() < limit && !m_heap.empty()) {
        if (m_cancel != nullptr && m_cancel->load(std::memory_order_relaxed))
            return Error{"cancelled"};
        std::ranges::pop_heap(m_heap, {}, &Source::bound);
        const Source source = m_heap.back();
        m_heap.pop_back();
        Result<void> done;
        switch (source.kind) {
        case Source::Kind::Found:
            taken.emplace_back(source.bound, std::move(m_found[source.index]));
            break;
        case Source::Kind::Rows:
            done = readRows(m_stretches[source.index].first, m_stretches[source.index].second,
                            limit - taken.size());
            break;
        case Source::Kind::List: {
            OpenList &open = m_lists[source.index];
            if (open.next == open.list.entries().size()) {
                const OpenList ended = std::move(open);
                done = goOn(ended);
                break;
            }
            const auto row = rowOf(open.list.entries()[open.next].id);
            if (!row)
                return row.error();
            ++open.next;
            if (m_filter.accepts(*row))
                taken.emplace_back(source.bound, *row);
            pushNext(source.index);
            break;
        }
        }
        if (!done)
            return done.error();
    }
    return taken;
}

} // namespace farthing
