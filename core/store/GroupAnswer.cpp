// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/GroupAnswer.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace farthing {

namespace {

/// So that distributions are not worth reading of those values that are not shown.
bool hasManyValues(Dimension dimension)
{
    return dimension == Dimension::User || dimension == Dimension::Session;
}

class Answerer
{
public:
    Answerer(const StoreReader &store, const GroupQuery &query, const std::atomic<bool> *cancel)
        : m_store(store)
        , m_query(query)
        , m_cancel(cancel)
    {
        m_wanted.measures.reset();
        for (const EventMeasure measure : query.percentiles)
            m_wanted.measures.set(static_cast<std::size_t>(measure));
    }

    Result<GroupResult> run()
    {
        const bool someOfMany =
            m_query.top > 0 && m_query.by.size() == 1 && hasManyValues(m_query.by.front());
        auto done = someOfMany ? readTopOfMany() : readAll();
        if (done && m_query.withPrevious)
            done = readPrevious();
        return done ? Result<GroupResult>(std::move(m_result)) : done.error();
    }

private:
    using Group = std::pair<GroupKey, AggregateBuilder>;

    Result<std::vector<Group>> groupsWith(const WantedSums &wanted)
    {
        std::vector<Group> groups;
        auto done = forEachGroup(m_store, m_query.by, m_query.filter, wanted, m_cancel,
                                 [&](const GroupKey &key, AggregateBuilder &group) {
                                     groups.emplace_back(key, std::move(group));
                                 });
        if (!done)
            return done.error();
        m_result.groups = groups.size();
        return groups;
    }

    /// Those that are not to be shown, moved behind those that are.
    std::span<Group> others(std::vector<Group> &groups) const
    {
        if (m_query.top == 0 || groups.size() <= m_query.top)
            return {};
        const auto end = groups.begin() + static_cast<std::ptrdiff_t>(m_query.top);
        std::ranges::nth_element(groups, end, [](const Group &a, const Group &b) {
            return a.second.cost() != b.second.cost() ? a.second.cost() > b.second.cost() : a.first < b.first;
        });
        return {end, groups.end()};
    }

    Result<void> readAll()
    {
        auto groups = groupsWith(m_wanted);
        if (!groups)
            return groups.error();
        AggregateBuilder total;
        for (const auto &[key, group] : *groups)
            total.add(group);
        m_result.total = total.finish();
        if (const auto rest = others(*groups); !rest.empty()) {
            AggregateBuilder sum;
            for (const auto &[key, group] : rest)
                sum.add(group);
            m_result.others = sum.finish();
            groups->resize(groups->size() - rest.size());
        }
        for (const auto &[key, group] : *groups)
            addRow(key, group);
        sortRows();
        return {};
    }

    /// Which ones are to be shown is found by their cost alone; only those are read in full.
    Result<void> readTopOfMany()
    {
        const Dimension dimension = m_query.by.front();
        auto groups = groupsWith(WantedSums::of({RollupSum::Requests, RollupSum::Cost}));
        if (!groups)
            return groups.error();
        const std::size_t hidden = others(*groups).size();
        groups->resize(groups->size() - hidden);
        EventFilter shown = m_query.filter;
        DimensionFilter &these = shown.dimensions.emplace_back(DimensionFilter{dimension, {}, false});
        for (const auto &[key, group] : *groups)
            these.values.push_back(textOfKey(key[0], dimension, m_store.strings));
        AggregateBuilder ofShown;
        auto done = forEachGroup(m_store, m_query.by, shown, m_wanted, m_cancel,
                                 [&](const GroupKey &key, const AggregateBuilder &group) {
                                     ofShown.add(group);
                                     addRow(key, group);
                                 });
        AggregateBuilder total;
        if (done && hidden > 0)
            done = forEachGroup(m_store, {}, m_query.filter, m_wanted, m_cancel,
                                [&](const GroupKey &, const AggregateBuilder &group) { total.add(group); });
        if (!done)
            return done;
        m_result.total = hidden > 0 ? total.finish() : ofShown.finish();
        if (hidden > 0) {
            total.remove(ofShown);
            m_result.others = total.finish();
        }
        sortRows();
        return {};
    }

    Result<void> readPrevious()
    {
        EventFilter before = m_query.filter;
        before.range = periodBefore(before.range);
        if (const auto instead = toldInstead(m_store, m_query.by, before); !instead || *instead)
            return {};
        std::map<std::pair<std::string, std::string>, GroupRow *> rows;
        for (GroupRow &row : m_result.rows) {
            row.previous.emplace();
            rows.emplace(std::pair(row.key, row.second), &row);
        }
        AggregateBuilder total;
        WantedSums wanted = m_wanted;
        if (m_query.top > 0)
            for (const Dimension dimension : m_query.by)
                if (hasManyValues(dimension))
                    wanted.measures.reset();
        auto done = forEachGroup(m_store, m_query.by, before, wanted, m_cancel,
                                 [&](const GroupKey &key, const AggregateBuilder &group) {
                                     total.add(group);
                                     const auto row = rows.find({textAt(key, 0), textAt(key, 1)});
                                     if (row != rows.end())
                                         row->second->previous = group.finish();
                                 });
        if (done)
            m_result.previous = total.finish();
        return done;
    }

    std::string textAt(const GroupKey &key, std::size_t dimension)
    {
        return dimension < m_query.by.size()
                   ? textOfKey(key[dimension], m_query.by[dimension], m_store.strings)
                   : std::string();
    }

    void addRow(const GroupKey &key, const AggregateBuilder &group)
    {
        m_result.rows.push_back({textAt(key, 0), group.finish(), textAt(key, 1)});
    }

    void sortRows()
    {
        const bool inTime = std::ranges::any_of(m_query.by, isTime);
        std::ranges::sort(m_result.rows, [inTime](const GroupRow &a, const GroupRow &b) {
            if (!inTime && a.total.cost != b.total.cost)
                return a.total.cost > b.total.cost;
            return std::tie(a.key, a.second) < std::tie(b.key, b.second);
        });
    }

    const StoreReader &m_store;
    const GroupQuery &m_query;
    const std::atomic<bool> *m_cancel;
    WantedSums m_wanted = WantedSums::everything();
    GroupResult m_result;
};

} // namespace

TimeRange periodBefore(const TimeRange &range)
{
    return {*range.since - (*range.until - *range.since), range.since};
}

Result<GroupResult> answer(const StoreReader &store, const GroupQuery &query, const std::atomic<bool> *cancel)
{
    if (query.by.empty() || query.by.size() > GroupKey().size())
        return Error{"groups are by one or two dimensions"};
    if (query.withPrevious && (!query.filter.range.since || !query.filter.range.until))
        return Error{"the period before is known only where both ends of the time range are given"};
    const auto instead = toldInstead(store, query.by, query.filter);
    if (!instead)
        return instead.error();
    // One range for all that is read, whatever stretches each of it has sums of.
    GroupQuery told = query;
    told.filter.range = instead->value_or(query.filter.range);
    auto result = Answerer(store, told, cancel).run();
    if (result)
        result->instead = *instead;
    return result;
}

} // namespace farthing
