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

bool isTime(Dimension dimension)
{
    return dimension == Dimension::Day || dimension == Dimension::Hour;
}

/// Fewer are quickly read as rows, and their percentiles are exact.
constexpr std::int64_t fewRows = 8192;
/// Shapes are numbered one by one; a number beyond this is damage.
constexpr std::int64_t mostShapes = std::int64_t(1) << 28;

} // namespace

EventSums::EventSums(Database &database, RowReader &rows, Dimension dimension, RowFilter filter,
                     Wanted wanted, Statement parts)
    : m_database(&database)
    , m_rows(&rows)
    , m_dimension(dimension)
    , m_wanted(wanted)
    , m_filter(std::move(filter))
    , m_parts(std::move(parts))
{}

Result<EventSums> EventSums::open(Database &database, RowReader &rows, StringTable &strings,
                                  Dimension dimension, const EventFilter &filter, Wanted wanted)
{
    const auto folded = RollupKeeper::until(database);
    if (!folded)
        return folded.error();
    auto parts = database.prepare(wanted == Wanted::Costs
                                      ? "SELECT id, sums FROM rollups WHERE id >= ? AND id < ?"
                                      : "SELECT id, sums, tokens, cost, latency, first_token, overhead "
                                        "FROM rollups WHERE id >= ? AND id < ?");
    if (!parts)
        return parts.error();
    EventSums sums(database, rows, dimension, RowFilter(filter, strings), wanted, *std::move(parts));
    sums.m_folded = *folded;
    sums.m_timeFilter = conditions(filter, strings, isTime);
    sums.m_userFilter = conditions(filter, strings, [](Dimension d) { return d == Dimension::User; });
    sums.m_shapeFilter =
        conditions(filter, strings, [](Dimension d) { return d != Dimension::User && !isTime(d); });
    sums.chooseCubes(filter, strings);
    return sums;
}

void EventSums::chooseCubes(const EventFilter &filter, StringTable &strings)
{
    std::set<Dimension> used = {m_dimension};
    for (const DimensionFilter &condition : filter.dimensions)
        used.insert(condition.dimension);
    const bool byUser = used.contains(Dimension::User);
    if (used.contains(Dimension::Session) || (byUser && used.contains(Dimension::Hour)))
        return; // rows alone know
    if (!byUser && used.contains(Dimension::Hour))
        m_cubes = {RollupCube::ShapeByHour};
    else if (!byUser)
        m_cubes = {RollupCube::ShapeByDay, RollupCube::ShapeByHour};
    else if (used.erase(Dimension::Day), used.size() == 1 && m_wanted == Wanted::Costs)
        m_cubes = {RollupCube::UserByQuarterDay};
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
    if (m_wanted == Wanted::Everything) {
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

int EventSums::groupOf(std::int64_t key)
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
    return EventScan::run(*m_database, *m_rows, range, ScanOrder::OldestFirst, m_filter, cancel,
                          [this](const EventRow &row) {
                              m_groups[static_cast<std::size_t>(groupOf(keyOf(row, m_dimension)))].add(row);
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
    if (m_wanted == Wanted::Costs) {
        addColumn(RollupSum::Cost);
        return whole ? Result<void>() : damaged();
    }
    for (std::size_t sum = 0; sum < rollupSumCount; ++sum)
        addColumn(static_cast<RollupSum>(sum));
    for (std::size_t i = 0; i < rollupMeasureCount; ++i)
        whole =
            RollupPartReader::histograms(m_parts.bytes(static_cast<int>(i) + 2), m_entries.size(),
                                         [&](std::size_t entry, std::uint16_t logBucket, std::int64_t count) {
                                             if (AggregateBuilder *const group = groupAt(entry))
                                                 group->add(static_cast<RollupMeasure>(i), logBucket, count);
                                         }) &&
            whole;
    return whole ? Result<void>() : damaged();
}

Result<void> EventSums::sortEntries(RollupCube cube, std::int64_t bucket)
{
    m_groupOfEntry.assign(m_entries.size(), rejected);
    m_row.id = firstRowIdAt(Timestamp(lengthOf(cube) * bucket));
    if (!m_timeFilter.accepts(m_row))
        return {};
    const bool hasUser = cube == RollupCube::UserByQuarterDay || cube == RollupCube::UserShapeByQuarterDay;
    const bool hasShape = cube != RollupCube::UserByQuarterDay;
    const int ofTime = isTime(m_dimension) ? groupOf(keyOf(m_row, m_dimension)) : unknown;
    std::int64_t user = -1;
    int ofUser = unknown;
    for (std::size_t i = 0; i < m_entries.size(); ++i) {
        const RollupKey key = m_entries[i];
        if (hasUser && key.first != user) { // a user's entries follow each other
            user = key.first;
            m_row.texts[static_cast<std::size_t>(TextColumn::User)] = user;
            ofUser = !m_userFilter.accepts(m_row)     ? rejected
                     : m_dimension == Dimension::User ? groupOf(user)
                                                      : unknown;
        }
        if (ofUser == rejected)
            continue;
        int ofShape = unknown;
        if (hasShape) {
            const auto found = groupOfShape(hasUser ? key.second : key.first);
            if (!found)
                return found.error();
            ofShape = *found;
        }
        if (ofShape == rejected)
            continue;
        m_groupOfEntry[i] = ofTime != unknown ? ofTime : ofUser != unknown ? ofUser : ofShape;
    }
    return {};
}

Result<int> EventSums::groupOfShape(std::int64_t shape)
{
    constexpr int notAsked = -3;
    const auto index = static_cast<std::size_t>(shape);
    if (shape >= 0 && index < m_groupOfShape.size() && m_groupOfShape[index] != notAsked)
        return m_groupOfShape[index];
    const EventShape *const known = shape < 0 || shape > mostShapes ? nullptr : m_rows->shape(shape);
    if (known == nullptr)
        return Error{
            "there are sums of an unknown kind of call: farthingctl doctor --rebuild makes them anew",
            m_database->path().string()};
    if (index >= m_groupOfShape.size())
        m_groupOfShape.resize(index + 1, notAsked);
    known->putInto(m_row);
    const bool tells = m_dimension != Dimension::User && !isTime(m_dimension);
    m_groupOfShape[index] = !m_shapeFilter.accepts(m_row) ? rejected
                            : tells                       ? groupOf(keyOf(m_row, m_dimension))
                                                          : unknown;
    return m_groupOfShape[index];
}

} // namespace farthing
