// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventScan.h"

namespace farthing {

namespace {

constexpr std::uint64_t rowsBetweenChecks = 4096;

Error cancelled()
{
    return {"cancelled"};
}

/// Says no to rows whose shape no filter accepts, before the rest of them is read.
class ShapeSieve
{
public:
    ShapeSieve(const RowFilter &filter, RowReader &rows)
        : m_filter(filter)
        , m_rows(rows)
    {}

    bool passes(std::string_view row)
    {
        if (m_filter.acceptsEveryShape())
            return true;
        const std::int64_t shape = shapeOfRow(row);
        const auto index = static_cast<std::size_t>(shape);
        if (shape >= 0 && index < m_verdicts.size() && m_verdicts[index] != Verdict::Unknown)
            return m_verdicts[index] == Verdict::Accepted;
        const EventShape *const known = m_rows.shape(shape);
        if (known == nullptr)
            return true; // reading it will say so
        if (index >= m_verdicts.size())
            m_verdicts.resize(index + 1, Verdict::Unknown);
        known->putInto(m_probe);
        const bool accepted = m_filter.acceptsShape(m_probe);
        m_verdicts[index] = accepted ? Verdict::Accepted : Verdict::Rejected;
        return accepted;
    }

private:
    enum class Verdict : std::uint8_t { Unknown, Accepted, Rejected };
    const RowFilter &m_filter;
    RowReader &m_rows;
    std::vector<Verdict> m_verdicts; ///< by shape
    EventRow m_probe;
};

} // namespace

Result<std::int64_t> countRows(Database &database, RowRange range, std::int64_t most)
{
    auto count =
        database.prepare("SELECT count(*) FROM (SELECT 1 FROM events WHERE id >= ? AND id < ? LIMIT ?)");
    if (!count)
        return count.error();
    count->bind(1, range.from);
    count->bind(2, range.until);
    count->bind(3, most);
    if (count->step() != Statement::Step::Row)
        return database.lastError();
    return count->integer(0);
}

Result<void> EventScan::run(Database &database, RowReader &rows, RowRange range, ScanOrder order,
                            const RowFilter &filter, const std::atomic<bool> *cancel,
                            const std::function<bool(const EventRow &)> &visit)
{
    auto statement =
        database.prepare(std::string("SELECT id, row FROM events WHERE id >= max(?, (SELECT events_from FROM "
                                     "state)) AND id < ? ORDER BY id") +
                         (order == ScanOrder::OldestFirst ? "" : " DESC"));
    if (!statement)
        return statement.error();
    statement->bind(1, range.from);
    statement->bind(2, range.until);
    ShapeSieve sieve(filter, rows);
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
            if (!sieve.passes(statement->bytes(1)))
                continue;
            if (auto read = rows.read(database, *statement, row); !read)
                return read;
            if (filter.acceptsRest(row) && !visit(row))
                return {};
        }
    }
}

EventLoader::EventLoader(DetailReader details, PrefixMarkReader marks, Statement detail, Statement row,
                         Statement find)
    : m_details(std::move(details))
    , m_marks(std::move(marks))
    , m_detail(std::move(detail))
    , m_row(std::move(row))
    , m_find(std::move(find))
{}

Result<EventLoader> EventLoader::open(Database &database)
{
    auto details = DetailReader::open(database);
    auto marks = PrefixMarkReader::open(database);
    if (!details || !marks)
        return database.lastError();
    auto detail = database.prepare("SELECT marks, details FROM events WHERE id = ?");
    auto row = database.prepare("SELECT id, row FROM events WHERE id = ?");
    auto find =
        database.prepare("SELECT id FROM events WHERE id >= ?1 AND id < ?1 + ?2 AND substr(row, 1, 8) = ?3");
    for (const auto *statement : {&detail, &row, &find})
        if (!*statement)
            return statement->error();
    return EventLoader(*std::move(details), *std::move(marks), *std::move(detail), *std::move(row),
                       *std::move(find));
}

EventLoader::Loaded EventLoader::loadRow(const EventRow &row, StringTable &strings)
{
    Loaded loaded{row.event};
    CostEvent &event = loaded.event;
    for (std::size_t i = 0; i < textColumnCount; ++i)
        textOf(event, static_cast<TextColumn>(i)) = strings.text(row.texts[i]);
    event.eventId = eventIdOf(event.time, row.idLow);
    if (row.startsCall)
        event.callId = event.eventId;
    return loaded;
}

Result<EventLoader::Loaded> EventLoader::load(Database &database, const EventRow &row, StringTable &strings)
{
    Loaded loaded = loadRow(row, strings);
    CostEvent &event = loaded.event;
    m_detail.bind(1, row.id);
    const auto step = m_detail.step();
    loaded.complete = step == Statement::Step::Row && m_details.read(m_detail.bytes(1), strings, event) &&
                      m_marks.read(row.id, m_detail.bytes(0), event.anatomy.prefix);
    m_detail.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (!loaded.complete) {
        event.rawUsage.clear();
        event.parts.clear();
        event.tags.clear();
        event.anatomy = {};
    }
    return loaded;
}

Result<std::optional<EventLoader::Loaded>> EventLoader::loadById(Database &database, RowReader &rows,
                                                                 std::int64_t rowId, StringTable &strings)
{
    m_row.bind(1, rowId);
    EventRow row;
    const auto step = m_row.step();
    const auto read = step == Statement::Step::Row ? rows.read(database, m_row, row) : Result<void>();
    m_row.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (!read)
        return read.error();
    if (step == Statement::Step::Done)
        return std::optional<Loaded>();
    auto loaded = load(database, row, strings);
    if (!loaded)
        return loaded.error();
    return std::optional(*std::move(loaded));
}

Result<std::optional<std::int64_t>> EventLoader::find(Database &database, const Uuid &id)
{
    m_find.bind(1, firstRowIdAt(id.timeOfV7()));
    m_find.bind(2, mostMoved.count() * idsPerMicrosecond);
    m_find.bindBlob(3, {reinterpret_cast<const char *>(id.bytes.data()) + 8, 8});
    const auto step = m_find.step();
    const std::int64_t rowId = step == Statement::Step::Row ? m_find.integer(0) : 0;
    m_find.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    return step == Statement::Step::Row ? std::optional(rowId) : std::nullopt;
}

} // namespace farthing
