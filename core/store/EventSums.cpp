// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventSums.h"

#include "core/store/rollup/RollupKeeper.h"

#include <algorithm>
#include <set>

namespace farthing {

namespace {

/// The conditions on dimensions that `takes` says yes to.
template <class Takes>
RowFilter conditions(const EventFilter &filter, StringTable &strings, const Takes &takes)
{
    EventFilter some;
    std::ranges::copy_if(filter.dimensions, std::back_inserter(some.dimensions), takes,
                         &DimensionFilter::dimension);
    return {some, strings};
}

/// By measure.
constexpr std::array<const char *, rollupMeasureCount> measureColumns = {"tokens", "cost", "latency",
                                                                         "first_token", "overhead"};

Error rowsAreGone(const Horizon &horizon)
{
    const std::string since = formatRfc3339(timeOfRowId(horizon.events()));
    return {"events of before " + since.substr(0, since.find('T')) +
                " are no longer kept, and this is told by events alone (sessions, and hours of users): ask "
                "for a time since then",
            "time range"};
}

/// Fewer are quickly read as rows, and their percentiles are exact.
constexpr std::int64_t fewRows = 8192;

} // namespace

WantedSums WantedSums::of(std::initializer_list<RollupSum> sums,
                          std::initializer_list<RollupMeasure> measures)
{
    WantedSums wanted;
    for (const RollupSum sum : sums)
        wanted.sums.set(static_cast<std::size_t>(sum));
    for (const RollupMeasure measure : measures)
        wanted.measures.set(static_cast<std::size_t>(measure));
    return wanted;
}

Result<std::optional<TimeRange>> toldInstead(const StoreReader &store, std::span<const Dimension> by,
                                             const EventFilter &filter)
{
    const auto sums = EventSums::open(store, by, filter, {});
    return sums ? sums->instead(filter.range) : sums.error();
}

Result<std::optional<TimeRange>> EventSums::instead(const TimeRange &range) const
{
    const Horizon::Told what = told(rowRangeOf(range));
    if (what.how == Horizon::Told::How::Not)
        return rowsAreGone(m_horizon);
    if (what.how == Horizon::Told::How::AsAsked)
        return std::optional<TimeRange>();
    TimeRange whole = range;
    if (range.since)
        whole.since = timeOfRowId(what.range.from);
    if (range.until)
        whole.until = timeOfRowId(what.range.until);
    return std::optional(whole);
}

WantedSums WantedSums::everything()
{
    WantedSums wanted;
    wanted.sums.set();
    wanted.measures.set();
    return wanted;
}

EventSums::EventSums(Database &database, RowReader &rows, std::span<const Dimension> by, RowFilter filter,
                     const WantedSums &wanted, Statement parts)
    : m_database(&database)
    , m_rows(&rows)
    , m_by(by.begin(), by.end())
    , m_isByShape(std::ranges::all_of(by, isOfShape))
    , m_wanted(wanted)
    , m_filter(std::move(filter))
    , m_parts(std::move(parts))
{}

Result<EventSums> EventSums::open(const StoreReader &store, std::span<const Dimension> by,
                                  const EventFilter &filter, const WantedSums &wanted)
{
    auto &[database, strings, rows] = store;
    const auto folded = RollupKeeper::until(database);
    const auto horizon = Horizon::of(database);
    if (!folded || !horizon)
        return !folded ? folded.error() : horizon.error();
    std::string columns = "id, sums";
    for (std::size_t i = 0; i < rollupMeasureCount; ++i)
        if (wanted.measures.test(i))
            columns += std::string(", ") + measureColumns[i];
    auto parts = database.prepare("SELECT " + columns + " FROM rollups WHERE id >= ? AND id < ?");
    if (!parts)
        return parts.error();
    EventSums sums(database, rows, by, RowFilter(filter, strings), wanted, *std::move(parts));
    sums.m_folded = *folded;
    sums.m_horizon = *horizon;
    sums.m_timeFilter = conditions(filter, strings, isTime);
    sums.m_userFilter = conditions(filter, strings, [](Dimension d) { return d == Dimension::User; });
    sums.chooseCubes(filter, strings);
    return sums;
}

void EventSums::chooseCubes(const EventFilter &filter, StringTable &strings)
{
    std::set<Dimension> used(m_by.begin(), m_by.end());
    for (const DimensionFilter &condition : filter.dimensions)
        used.insert(condition.dimension);
    const bool byUser = used.contains(Dimension::User);
    if (used.contains(Dimension::Session) || (byUser && used.contains(Dimension::Hour)))
        return; // rows alone know
    const bool byTimeAlone = std::ranges::all_of(used, isTime);
    if (byTimeAlone)
        m_cubes = {RollupCube::AllByHour};
    else if (!byUser && used.contains(Dimension::Hour))
        m_cubes = {RollupCube::ShapeByHour};
    else if (!byUser)
        m_cubes = {RollupCube::ShapeByDay, RollupCube::ShapeByHour};
    else if (used.erase(Dimension::Day), used.size() == 1 && m_wanted.measures.none())
        m_cubes = {RollupCube::UserByDay, RollupCube::UserByQuarterDay};
    else
        m_cubes = {RollupCube::UserShapeByQuarterDay};
    for (const DimensionFilter &condition : filter.dimensions) {
        if (condition.dimension != Dimension::User || condition.exclude || !m_blocks.empty())
            continue;
        std::set<std::int64_t> blocks;
        for (const std::string &user : condition.values)
            if (const auto key = keyOfText(user, Dimension::User, strings))
                blocks.insert(blockOf(m_cubes.front(), {*key, 0}));
        m_blocks.assign(blocks.begin(), blocks.end());
    }
}

Result<void> EventSums::add(RowRange range, const std::atomic<bool> *cancel)
{
    const Horizon::Told what = told(range);
    if (what.how == Horizon::Told::How::Not)
        return rowsAreGone(m_horizon);
    range = what.range;
    if (m_wanted.measures.any() && (range.from >= m_horizon.events() || !m_horizon.hasSumsAlone())) {
        const auto count = countRows(*m_database, range, fewRows);
        if (!count)
            return count.error();
        if (*count < fewRows)
            return addRows(range, cancel);
    }
    const RollupPlan plan = RollupPlan::of(range, m_folded, m_cubes);
    for (const RollupPlan::Buckets &buckets : plan.buckets)
        if (auto added = addBuckets(buckets, cancel); !added)
            return added;
    for (const RowRange &rows : plan.rows)
        if (auto added = addRows(rows, cancel); !added)
            return added;
    return {};
}

GroupKey EventSums::keyOfRow(const EventRow &row) const
{
    GroupKey key{};
    for (std::size_t i = 0; i < m_by.size(); ++i)
        key[i] = keyOf(row, m_by[i]);
    return key;
}

int EventSums::groupOf(const GroupKey &key)
{
    const auto [found, isNew] = m_indexOf.try_emplace(key, static_cast<int>(m_keys.size()));
    if (isNew) {
        m_keys.push_back(key);
        m_groups.emplace_back();
    }
    return found->second;
}

Result<void> EventSums::addRows(RowRange range, const std::atomic<bool> *cancel)
{
    const bool sumsAlone = m_wanted.measures.none();
    return EventScan::run(*m_database, *m_rows, range, ScanOrder::OldestFirst, m_filter, cancel,
                          [this, sumsAlone](const EventRow &row) {
                              AggregateBuilder &group =
                                  m_groups[static_cast<std::size_t>(groupOf(keyOfRow(row)))];
                              if (sumsAlone)
                                  group.addSums(row);
                              else
                                  group.add(row);
                              return true;
                          });
}

Result<void> EventSums::addBuckets(const RollupPlan::Buckets &buckets, const std::atomic<bool> *cancel)
{
    std::vector<std::pair<std::int64_t, std::int64_t>> ids;
    const auto firstId = [&](std::int64_t bucket, std::int64_t block) {
        return RollupPlace{buckets.cube, bucket, block}.firstId();
    };
    if (m_blocks.empty())
        ids.emplace_back(firstId(buckets.from, 0), firstId(buckets.until, 0));
    else
        for (std::int64_t bucket = buckets.from; bucket < buckets.until; ++bucket)
            for (const std::int64_t block : m_blocks)
                ids.emplace_back(firstId(bucket, block), firstId(bucket, block) + RollupPlace::mostParts);
    for (const auto &[from, until] : ids) {
        m_parts.bind(1, from);
        m_parts.bind(2, until);
        Result<void> added;
        auto step = m_parts.step();
        for (; added && step == Statement::Step::Row; step = m_parts.step()) {
            if (cancel != nullptr && cancel->load(std::memory_order_relaxed))
                added = Error{"cancelled"};
            else
                added = addPart(buckets.cube, RollupPlace::bucketOf(m_parts.integer(0)));
            if (!added)
                break;
        }
        m_parts.reset();
        if (!added)
            return added;
        if (step == Statement::Step::Failed)
            return m_database->lastError();
    }
    return {};
}

Result<void> EventSums::addPart(RollupCube cube, std::int64_t bucket)
{
    const auto damaged = [&] {
        return Error{"the sums from " + formatRfc3339(Timestamp(lengthOf(cube) * bucket)) +
                         " are damaged: farthingctl doctor --rebuild makes them anew",
                     m_database->path().string()};
    };
    const auto part = RollupPartReader::open(m_parts.bytes(1));
    if (!part || !part->keys(m_entries))
        return damaged();
    if (auto sorted = sortEntries(cube, bucket); !sorted)
        return sorted;
    const auto groupAt = [this](std::size_t entry) {
        const int group = m_groupOfEntry[entry];
        return group < 0 ? nullptr : &m_groups[static_cast<std::size_t>(group)];
    };
    bool whole = true;
    const auto addColumn = [&](RollupSum sum) {
        whole = part->column(sum, [&](std::size_t entry, std::int64_t value) {
            if (AggregateBuilder *const group = groupAt(entry))
                group->add(sum, value);
        }) && whole;
    };
    for (std::size_t sum = 0; sum < rollupSumCount; ++sum)
        if (m_wanted.sums.test(sum))
            addColumn(static_cast<RollupSum>(sum));
    for (std::size_t i = 0, column = 2; i < rollupMeasureCount; ++i) {
        if (!m_wanted.measures.test(i))
            continue;
        whole =
            RollupPartReader::histograms(m_parts.bytes(static_cast<int>(column++)), m_entries.size(),
                                         [&](std::size_t entry, std::uint16_t logBucket, std::int64_t count) {
                                             if (AggregateBuilder *const group = groupAt(entry))
                                                 group->add(static_cast<RollupMeasure>(i), logBucket, count);
                                         }) &&
            whole;
    }
    return whole ? Result<void>() : damaged();
}

Result<void> EventSums::sortEntries(RollupCube cube, std::int64_t bucket)
{
    m_groupOfEntry.assign(m_entries.size(), rejected);
    m_row.id = firstRowIdAt(Timestamp(lengthOf(cube) * bucket));
    if (!m_timeFilter.accepts(m_row))
        return {};
    GroupKey key{};
    const auto setKey = [&](Dimension dimension, std::int64_t value) {
        for (std::size_t i = 0; i < m_by.size(); ++i)
            if (m_by[i] == dimension)
                key[i] = value;
    };
    for (const Dimension dimension : {Dimension::Day, Dimension::Hour})
        setKey(dimension, keyOf(m_row, dimension));
    std::int64_t user = -1;
    bool acceptsUser = true;
    std::optional<GroupKey> last;
    int group = rejected;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const RollupKey entry = m_entries[i];
        if (isByUser(cube) && entry.first != user) { // a user's entries follow each other
            user = entry.first;
            m_row.texts[static_cast<std::size_t>(TextColumn::User)] = user;
            acceptsUser = m_userFilter.accepts(m_row);
            setKey(Dimension::User, user);
        }
        if (!acceptsUser)
            continue;
        if (isByShape(cube)) {
            const auto facts = factsOfShape(isByUser(cube) ? entry.second : entry.first);
            if (!facts)
                return facts.error();
            if (!(*facts)->accepted)
                continue;
            if (m_isByShape) {
                m_groupOfEntry[i] = (*facts)->group;
                continue;
            }
            for (std::size_t d = 0; d < m_by.size(); ++d)
                if (isOfShape(m_by[d]))
                    key[d] = (*facts)->key[d];
        }
        if (!last || *last != key) {
            last = key;
            group = groupOf(key);
        }
        m_groupOfEntry[i] = group;
    }
    return {};
}

Result<const EventSums::ShapeFacts *> EventSums::factsOfShape(std::int64_t shape)
{
    const auto index = static_cast<std::size_t>(shape);
    if (shape >= 0 && index < m_shapes.size() && m_shapes[index].asked)
        return &m_shapes[index];
    const EventShape *const known = m_rows->shape(shape);
    if (known == nullptr)
        return Error{
            "there are sums of an unknown kind of call: farthingctl doctor --rebuild makes them anew",
            m_database->path().string()};
    if (index >= m_shapes.size())
        m_shapes.resize(index + 1);
    known->putInto(m_row);
    ShapeFacts &facts = m_shapes[index];
    facts.asked = true;
    facts.accepted = m_filter.acceptsShape(m_row);
    for (std::size_t i = 0; i < m_by.size(); ++i)
        if (isOfShape(m_by[i]))
            facts.key[i] = keyOf(m_row, m_by[i]);
    if (facts.accepted && m_isByShape)
        facts.group = groupOf(facts.key);
    return &facts;
}

} // namespace farthing
