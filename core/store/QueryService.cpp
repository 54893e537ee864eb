// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/QueryService.h"

#include "core/base/LocalTime.h"
#include "core/store/DistributionAnswer.h"
#include "core/store/GroupAnswer.h"
#include "core/store/costliest/CostliestSearch.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <unordered_map>

namespace farthing {

namespace {

/// How far back values() looks for sessions to offer.
constexpr std::int64_t rowsForValues = 200'000;

/// Holds one snapshot for as long as it lives. Within another it is that one.
class ReadSnapshot
{
public:
    explicit ReadSnapshot(Database &database)
        : m_database(database)
        , m_begun(database.execute("BEGIN"))
    {}
    ~ReadSnapshot()
    {
        if (m_begun)
            std::ignore = m_database.execute("COMMIT");
    }
    ReadSnapshot(const ReadSnapshot &) = delete;
    ReadSnapshot &operator=(const ReadSnapshot &) = delete;

private:
    Database &m_database;
    Result<void> m_begun;
};

/// The shortest round length of time, from `atLeast` on, of which `most` cover `span`.
Micros bucketFor(Micros span, std::size_t most, Micros atLeast)
{
    using namespace std::chrono_literals;
    static constexpr Micros round[] = {1s,    5s, 10s, 30s, 1min, 5min, 15min,
                                       30min, 1h, 2h,  6h,  12h,  24h,  168h};
    const auto fits = [&](Micros length) {
        return length >= atLeast && span / length + 2 <= static_cast<std::int64_t>(most);
    };
    for (const Micros length : round)
        if (fits(length))
            return length;
    Micros length = round[std::size(round) - 1];
    while (!fits(length))
        length *= 2;
    return length;
}

/// A place in either order; the cost is 0 where they are ordered by time.
std::string toText(CostOfRow key)
{
    return std::to_string(key.cost) + ":" + std::to_string(key.id);
}

Result<CostOfRow> parsePageKey(const std::string &text)
{
    CostOfRow key;
    const char *const end = text.data() + text.size();
    const auto [colon, first] = std::from_chars(text.data(), end, key.cost);
    if (first != std::errc() || colon == end || *colon != ':')
        return Error{"'" + text + "' is no page of this query"};
    const auto [last, second] = std::from_chars(colon + 1, end, key.id);
    if (second != std::errc() || last != end)
        return Error{"'" + text + "' is no page of this query"};
    return key;
}

class SqliteQueryService final : public QueryService
{
public:
    SqliteQueryService(Database database, StringTable strings, RowReader rows, EventLoader loader,
                       std::filesystem::path path)
        : m_database(std::move(database))
        , m_strings(std::move(strings))
        , m_rows(std::move(rows))
        , m_loader(std::move(loader))
        , m_path(std::move(path))
    {}

    std::shared_ptr<void> holdSnapshot() override { return std::make_shared<ReadSnapshot>(m_database); }

    Result<GroupResult> groups(const GroupQuery &query, const Cancel *cancel) override
    {
        const ReadSnapshot snapshot(m_database);
        if (!query.withPrevious || (query.filter.range.since && query.filter.range.until))
            return answer(reader(), query, cancel);
        const auto bounds = boundsOf(query.filter.range);
        if (!bounds)
            return bounds.error();
        GroupQuery closed = query;
        closed.filter.range = {bounds->first, bounds->second};
        return answer(reader(), closed, cancel);
    }

    Result<EventHistogram> histogram(EventMeasure measure, const EventFilter &filter, std::size_t most,
                                     const Cancel *cancel) override
    {
        const ReadSnapshot snapshot(m_database);
        return histogramOf(reader(), measure, filter, most, cancel);
    }

    Result<SpendCurve> spendCurve(std::optional<Dimension> of, const EventFilter &filter,
                                  const Cancel *cancel) override
    {
        const ReadSnapshot snapshot(m_database);
        return spendCurveOf(reader(), of, filter, cancel);
    }

    Result<CostOverTime> costOverTime(Dimension dimension, const std::vector<std::string> &keys,
                                      const EventFilter &filter, std::size_t most,
                                      const Cancel *cancel) override
    {
        const ReadSnapshot snapshot(m_database);
        const std::array by = {dimension};
        auto sums = EventSums::open(reader(), by, filter, WantedSums::of({RollupSum::Cost}));
        if (!sums)
            return sums.error();
        const auto instead = sums->instead(filter.range);
        if (!instead)
            return instead.error();
        const auto bounds = boundsOf(instead->value_or(filter.range));
        if (!bounds)
            return bounds.error();
        CostOverTime result;
        result.instead = *instead;
        const bool isOfSums =
            sums->horizon().hasSumsAlone() && firstRowIdAt(bounds->first) < sums->horizon().events();
        result.length = bucketFor(bounds->second - bounds->first, std::max<std::size_t>(most, 3),
                                  isOfSums ? sums->shortest() : Micros(0));
        result.edges = wallClockEdges(bounds->first, bounds->second, result.length);
        result.series.assign(keys.size() + 1, std::vector<Money>(result.stretches()));
        std::unordered_map<std::int64_t, std::size_t> seriesOf;
        for (std::size_t i = 0; i < keys.size(); ++i)
            if (const auto key = keyOfText(keys[i], dimension, m_strings))
                seriesOf.emplace(*key, i);
        const RowRange range = rowRangeOf({bounds->first, bounds->second});
        for (std::size_t stretch = 0; stretch < result.stretches(); ++stretch) {
            RowRange part = rowRangeOf({result.edges[stretch], result.edges[stretch + 1]});
            part = {std::max(part.from, range.from), std::min(part.until, range.until)};
            if (auto done = sums->add(part, cancel); !done)
                return done.error();
            sums->take([&](const GroupKey &key, const AggregateBuilder &group) {
                const auto series = seriesOf.find(key[0]);
                result.series[series == seriesOf.end() ? keys.size() : series->second][stretch] +=
                    group.cost();
            });
        }
        return result;
    }

    Result<EventPage> events(const EventFilter &filter, EventOrder order, std::size_t limit,
                             const std::optional<std::string> &from, const Cancel *cancel) override
    {
        std::optional<CostOfRow> after;
        if (from) {
            auto key = parsePageKey(*from);
            if (!key)
                return key.error();
            after = *key;
        }
        const ReadSnapshot snapshot(m_database);
        auto rows = order == EventOrder::NewestFirst ? newest(filter, limit + 1, after, cancel)
                                                     : mostExpensive(filter, limit + 1, after, cancel);
        if (!rows)
            return rows.error();
        EventPage page;
        if (rows->size() > limit) {
            rows->resize(limit);
            if (!rows->empty())
                page.next = toText(rows->back().first);
        }
        for (const auto &[key, row] : *rows) {
            auto loaded = m_loader.load(m_database, row, m_strings);
            if (!loaded)
                return loaded.error();
            page.events.push_back(std::move(loaded->event));
        }
        return page;
    }

    Result<Tail> newerThan(std::optional<std::int64_t> sequence, std::size_t limit) override
    {
        const ReadSnapshot snapshot(m_database);
        auto commits = m_database.prepare("SELECT sequence, events FROM recent WHERE sequence > ? "
                                          "ORDER BY sequence");
        auto state = m_database.prepare(
            "SELECT sequence, (SELECT sequence - length(events) / 8 FROM recent ORDER BY sequence LIMIT 1) "
            "FROM state");
        if (!commits || !state)
            return m_database.lastError();
        if (state->step() != Statement::Step::Row)
            return m_database.lastError();
        Tail tail;
        tail.sequence = sequence.value_or(state->integer(0));
        if (!sequence)
            return tail;
        tail.gap =
            *sequence > state->integer(0) || (*sequence < state->integer(0) && state->integer(1) > *sequence);
        commits->bind(1, *sequence);
        while (tail.events.size() < limit && commits->step() == Statement::Step::Row) {
            const std::string_view written = commits->bytes(1);
            const std::int64_t before = commits->integer(0) - std::ssize(written) / 8;
            for (std::int64_t at = std::max(before, *sequence); at < commits->integer(0); ++at) {
                if (tail.events.size() == limit)
                    break;
                std::int64_t row = 0;
                std::memcpy(&row, written.data() + 8 * (at - before), sizeof row);
                auto loaded = m_loader.loadById(m_database, m_rows, row, m_strings);
                if (!loaded)
                    return loaded.error();
                tail.sequence = at + 1;
                if (*loaded)
                    tail.events.push_back(std::move((*loaded)->event));
            }
        }
        return tail;
    }

    Result<std::optional<CostEvent>> event(const Uuid &id) override
    {
        const ReadSnapshot snapshot(m_database);
        const auto row = m_loader.find(m_database, id);
        if (!row)
            return row.error();
        if (!*row)
            return std::optional<CostEvent>();
        auto loaded = m_loader.loadById(m_database, m_rows, **row, m_strings);
        if (!loaded)
            return loaded.error();
        if (!*loaded || (*loaded)->event.eventId != id)
            return std::optional<CostEvent>();
        if (!(*loaded)->complete)
            return Error{"the details of event " + id.toString() + " cannot be read"};
        return std::optional(std::move((*loaded)->event));
    }

    Result<StoreSummary> summary() override
    {
        const ReadSnapshot snapshot(m_database);
        auto statement =
            m_database.prepare("SELECT events, unpriced, sequence, "
                               "(SELECT min(id) FROM events WHERE id >= events_from), (SELECT max(id) FROM "
                               "events), events_from, sums_from FROM state");
        if (!statement)
            return statement.error();
        if (statement->step() != Statement::Step::Row)
            return m_database.lastError();
        StoreSummary summary;
        summary.events = static_cast<std::uint64_t>(statement->integer(0));
        summary.unpriced = static_cast<std::uint64_t>(statement->integer(1));
        summary.sequence = statement->integer(2);
        if (!statement->isNull(3)) {
            summary.first = timeOfRowId(statement->integer(3));
            summary.last = timeOfRowId(statement->integer(4));
        }
        for (const auto &[since, column] : {std::pair(&summary.eventsSince, 5), {&summary.sumsSince, 6}})
            if (statement->integer(column) > 0)
                *since = timeOfRowId(statement->integer(column));
        std::error_code ignored;
        for (const char *suffix : {"", "-wal"})
            if (const auto size = std::filesystem::file_size(m_path.string() + suffix, ignored); !ignored)
                summary.databaseBytes += size;
        return summary;
    }

    Result<std::vector<std::string>> values(Dimension dimension, std::string_view prefix,
                                            std::size_t limit) override
    {
        const ReadSnapshot snapshot(m_database);
        EventFilter filter;
        // Sessions have no sums, and who looks for one means a recent one.
        if (dimension == Dimension::Session) {
            const auto recent = recentRows();
            if (!recent)
                return recent.error();
            filter.range.since = *recent;
        }
        const std::array by = {dimension};
        std::vector<std::pair<std::int64_t, std::string>> found;
        const auto done = forEachGroup(
            reader(), by, filter, WantedSums::of({RollupSum::Requests}), nullptr,
            [&](const GroupKey &key, const AggregateBuilder &group) {
                if (std::string text = textOfKey(key[0], dimension, m_strings); text.starts_with(prefix))
                    found.emplace_back(group.sums()[RollupSum::Requests], std::move(text));
            });
        if (!done)
            return done.error();
        std::ranges::sort(found, [](const auto &a, const auto &b) {
            return a.first != b.first ? a.first > b.first : a.second < b.second;
        });
        std::vector<std::string> result;
        for (std::size_t i = 0; i < std::min(limit, found.size()); ++i)
            result.push_back(std::move(found[i].second));
        return result;
    }

    Result<Visited> forEach(const EventFilter &filter, const std::function<bool(const CostEvent &)> &visit,
                            const Cancel *cancel, Parts parts) override
    {
        const ReadSnapshot snapshot(m_database);
        const UnmappedReading unmapped(m_database);
        Visited visited;
        Result<void> loading;
        const auto done = EventScan::run(m_database, m_rows, rowRangeOf(filter.range), ScanOrder::OldestFirst,
                                         RowFilter(filter, m_strings), cancel, [&](const EventRow &row) {
                                             const auto loaded =
                                                 parts == Parts::All
                                                     ? m_loader.load(m_database, row, m_strings)
                                                     : m_loader.loadRow(row, m_strings);
                                             if (!loaded) {
                                                 loading = loaded.error();
                                                 return false;
                                             }
                                             ++visited.events;
                                             visited.damaged += loaded->complete ? 0 : 1;
                                             return visit(loaded->event);
                                         });
        if (!done || !loading)
            return done ? loading.error() : done.error();
        return visited;
    }

private:
    /// The range with its open ends closed where events begin and end.
    Result<std::pair<Timestamp, Timestamp>> boundsOf(const TimeRange &range)
    {
        auto statement =
            m_database.prepare("SELECT (SELECT min(id) FROM events), (SELECT max(id) FROM events)");
        const auto horizon = Horizon::of(m_database);
        if (!statement || !horizon)
            return !statement ? statement.error() : horizon.error();
        if (statement->step() != Statement::Step::Row)
            return m_database.lastError();
        const Timestamp now = SystemClock().now();
        const bool empty = statement->isNull(0);
        const Timestamp first = horizon->hasSumsAlone() ? timeOfRowId(horizon->firstSum())
                                : empty                 ? now
                                                        : timeOfRowId(statement->integer(0));
        const Timestamp last = !empty                    ? timeOfRowId(statement->integer(1)) + Micros(1)
                               : horizon->hasSumsAlone() ? timeOfRowId(horizon->events())
                                                         : now;
        const Timestamp since = range.since.value_or(first);
        return std::pair(since, std::max(since, range.until.value_or(last)));
    }

    StoreReader reader() { return {m_database, m_strings, m_rows}; }

    /// Since when there are rows, or the newest of them, some hundred thousand.
    Result<Timestamp> recentRows()
    {
        auto oldest = m_database.prepare("SELECT max(events_from, ifnull((SELECT id FROM events ORDER BY id "
                                         "DESC LIMIT 1 OFFSET ?), 0)) FROM state");
        if (!oldest)
            return oldest.error();
        oldest->bind(1, rowsForValues);
        return oldest->step() == Statement::Step::Row ? Result<Timestamp>(timeOfRowId(oldest->integer(0)))
                                                      : m_database.lastError();
    }

    using Rows = std::vector<std::pair<CostOfRow, EventRow>>;

    Result<Rows> newest(const EventFilter &filter, std::size_t limit, const std::optional<CostOfRow> &after,
                        const Cancel *cancel)
    {
        RowRange range = rowRangeOf(filter.range);
        if (after)
            range.until = std::min(range.until, after->id);
        Rows rows;
        const auto done = EventScan::run(m_database, m_rows, range, ScanOrder::NewestFirst,
                                         RowFilter(filter, m_strings), cancel, [&](const EventRow &row) {
                                             rows.emplace_back(CostOfRow{0, row.id}, row);
                                             return rows.size() < limit;
                                         });
        return done ? Result<Rows>(std::move(rows)) : done.error();
    }

    Result<Rows> mostExpensive(const EventFilter &filter, std::size_t limit,
                               const std::optional<CostOfRow> &after, const Cancel *cancel)
    {
        auto search = CostliestSearch::open(m_database, m_rows, rowRangeOf(filter.range),
                                            RowFilter(filter, m_strings), after, cancel);
        if (!search)
            return search.error();
        auto told = filter.dimensions.empty() ? search->addDays() : tellWhere(*search, filter, cancel);
        return told ? search->take(limit) : told.error();
    }

    /// Which hours have events that the filter accepts, and what these cost at most, as the rollups know.
    Result<void> tellWhere(CostliestSearch &search, const EventFilter &filter, const Cancel *cancel)
    {
        const auto asksFor = [&](Dimension dimension) {
            return std::ranges::count(filter.dimensions, dimension, &DimensionFilter::dimension) > 0;
        };
        if (asksFor(Dimension::Session) || (asksFor(Dimension::User) && asksFor(Dimension::Hour))) {
            search.addRows({}, std::numeric_limits<std::int64_t>::max());
            return {};
        }
        const auto horizon = Horizon::of(m_database);
        if (!horizon)
            return horizon.error();
        EventFilter kept = filter;
        if (const Timestamp first = timeOfRowId(horizon->events()); kept.range.since.value_or(first) <= first)
            kept.range.since = first;
        const std::array by = {asksFor(Dimension::User) ? Dimension::Day : Dimension::Hour};
        const auto wanted = WantedSums::of({RollupSum::Requests}, {EventMeasure::Cost});
        return forEachGroup(
            reader(), by, kept, wanted, cancel, [&](const GroupKey &key, const AggregateBuilder &group) {
                const Distribution &costs = group.distribution(EventMeasure::Cost);
                search.addRows(rowsOfTime(key[0], by.front()), costs.count() > 0 ? costs.upperBound() : -1);
            });
    }

    Database m_database;
    StringTable m_strings;
    RowReader m_rows;
    EventLoader m_loader;
    std::filesystem::path m_path;
};

} // namespace

Result<std::unique_ptr<QueryService>> QueryService::open(const std::filesystem::path &path)
{
    auto database = Database::open(path, Database::Access::ReadOnly);
    if (!database)
        return database.error();
    auto strings = StringTable::open(*database);
    if (!strings)
        return strings.error();
    auto rows = RowReader::open(*database);
    if (!rows)
        return rows.error();
    auto loader = EventLoader::open(*database);
    if (!loader)
        return loader.error();
    return std::unique_ptr<QueryService>(std::make_unique<SqliteQueryService>(
        *std::move(database), *std::move(strings), *std::move(rows), *std::move(loader), path));
}

} // namespace farthing
