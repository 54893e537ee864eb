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

bool isTime(Dimension dimension)
{
    return dimension == Dimension::Day || dimension == Dimension::Hour;
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
    /// Calls `visit(key, builder)` for each group.
    template <class Visit>
    Result<void> sum(std::span<const Dimension> by, const EventFilter &filter, const WantedSums &wanted,
                     const Visit &visit)
    {
        auto sums = EventSums::open(m_store.database, m_store.rows, m_store.strings, by, filter, wanted);
        if (!sums)
            return sums.error();
        if (auto added = sums->add(rowRangeOf(filter.range), m_cancel); !added)
            return added;
        sums->take(visit);
        return {};
    }

    Result<void> readAll()
    {
        std::vector<std::pair<GroupKey, AggregateBuilder>> groups;
        AggregateBuilder total;
        auto done =
            sum(m_query.by, m_query.filter, m_wanted, [&](const GroupKey &key, AggregateBuilder &group) {
                total.add(group);
                groups.emplace_back(key, std::move(group));
            });
        if (!done)
            return done;
        m_result.groups = groups.size();
        m_result.total = total.finish();
        if (m_query.top > 0 && groups.size() > m_query.top) {
            const auto end = groups.begin() + static_cast<std::ptrdiff_t>(m_query.top);
            std::ranges::nth_element(groups, end,
                                     [](const auto &a, const auto &b) { return costsMore(a, b); });
            AggregateBuilder others;
            for (auto group = end; group != groups.end(); ++group)
                others.add(group->second);
            m_result.others = others.finish();
            groups.erase(end, groups.end());
        }
        for (const auto &[key, group] : groups)
            addRow(key, group);
        sortRows();
        return {};
    }

    /// Which ones are to be shown is found by their cost alone; only those are read in full.
    Result<void> readTopOfMany()
    {
        const Dimension dimension = m_query.by.front();
        const auto costs = WantedSums::of({RollupSum::Requests, RollupSum::Cost});
        std::vector<std::pair<GroupKey, AggregateBuilder>> groups;
        auto done = sum(m_query.by, m_query.filter, costs, [&](const GroupKey &key, AggregateBuilder &group) {
            groups.emplace_back(key, std::move(group));
        });
        if (!done)
            return done;
        m_result.groups = groups.size();
        const bool isMore = groups.size() > m_query.top;
        if (isMore) {
            const auto end = groups.begin() + static_cast<std::ptrdiff_t>(m_query.top);
            std::ranges::nth_element(groups, end,
                                     [](const auto &a, const auto &b) { return costsMore(a, b); });
            groups.erase(end, groups.end());
        }
        EventFilter shown = m_query.filter;
        DimensionFilter &these = shown.dimensions.emplace_back(DimensionFilter{dimension, {}, false});
        for (const auto &[key, group] : groups)
            these.values.push_back(textOfKey(key[0], dimension, m_store.strings));
        AggregateBuilder ofShown;
        done = sum(m_query.by, shown, m_wanted, [&](const GroupKey &key, const AggregateBuilder &group) {
            ofShown.add(group);
            addRow(key, group);
        });
        AggregateBuilder total;
        if (done && isMore)
            done = sum({}, m_query.filter, m_wanted,
                       [&](const GroupKey &, const AggregateBuilder &group) { total.add(group); });
        if (!done)
            return done;
        m_result.total = isMore ? total.finish() : ofShown.finish();
        if (isMore) {
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
        auto done = sum(m_query.by, before, wanted, [&](const GroupKey &key, const AggregateBuilder &group) {
            total.add(group);
            const auto row = rows.find({textAt(key, 0), textAt(key, 1)});
            if (row != rows.end())
                row->second->previous = group.finish();
        });
        if (done)
            m_result.previous = total.finish();
        return done;
    }

    static bool costsMore(const std::pair<GroupKey, AggregateBuilder> &a,
                          const std::pair<GroupKey, AggregateBuilder> &b)
    {
        return a.second.cost() != b.second.cost() ? a.second.cost() > b.second.cost() : a.first < b.first;
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
    return Answerer(store, query, cancel).run();
}

} // namespace farthing
