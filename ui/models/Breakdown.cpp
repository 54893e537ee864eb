// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/Breakdown.h"

#include "core/base/CsvCell.h"

#include <QString>

#include <algorithm>

namespace farthing {

void Breakdown::indexGroups()
{
    m_groupOf.clear();
    for (std::uint32_t i = 0; i < groups.rows.size(); ++i)
        m_groupOf.emplace(groups.rows[i].key, i);
}

std::optional<std::uint32_t> Breakdown::find(const std::string &key) const
{
    const auto found = m_groupOf.find(key);
    return found == m_groupOf.end() ? std::nullopt : std::optional(found->second);
}

Result<std::shared_ptr<const Breakdown>> askBreakdown(QueryService &store, Dimension dimension,
                                                      const EventFilter &filter, std::size_t series,
                                                      std::size_t stretches,
                                                      const QueryService::Cancel &cancel)
{
    auto data = std::make_shared<Breakdown>();
    data->dimension = dimension;
    data->filter = filter;
    const auto snapshot = store.holdSnapshot();
    auto groups = store.groupBy(dimension, filter, &cancel);
    if (!groups)
        return groups.error();
    data->groups = *std::move(groups);
    data->indexGroups();
    for (const GroupRow &row : data->groups.rows)
        if (data->seriesKeys.size() < series && row.total.cost.nanoUsd() > 0)
            data->seriesKeys.push_back(row.key);
    auto overTime = store.costOverTime(dimension, data->seriesKeys, filter, stretches, &cancel);
    if (!overTime)
        return overTime.error();
    data->overTime = *std::move(overTime);
    return std::shared_ptr<const Breakdown>(std::move(data));
}

MarkFilter filterOfMark(const Breakdown &data, std::size_t series, std::size_t stretch)
{
    const bool others = series >= data.seriesKeys.size();
    const TimeRange &asked = data.filter.range;
    MarkFilter mark;
    mark.condition = {data.dimension,
                      others ? data.seriesKeys : std::vector<std::string>{data.seriesKeys[series]}, others};
    // The first and the last stretch reach beyond what was asked for.
    mark.range.since = data.overTime.edges[stretch];
    mark.range.until = data.overTime.edges[stretch + 1];
    if (asked.since)
        mark.range.since = std::max(*mark.range.since, *asked.since);
    if (asked.until)
        mark.range.until = std::min(*mark.range.until, *asked.until);
    return mark;
}

QByteArray spendCsvOf(const Breakdown &data, const QString &others)
{
    std::string text = "time";
    const bool rest = data.groups.rows.size() > data.seriesKeys.size();
    const auto add = [&text](const std::string &cell, bool isText) {
        text.push_back(',');
        appendCsvCell(text, cell, isText);
    };
    for (const std::string &key : data.seriesKeys)
        add(key, true);
    if (rest)
        add(others.toStdString(), true);
    text += "\r\n";
    for (std::size_t stretch = 0; stretch < data.overTime.stretches(); ++stretch) {
        text += formatRfc3339(data.overTime.edges[stretch]);
        for (std::size_t series = 0; series < data.seriesKeys.size() + (rest ? 1 : 0); ++series)
            add(data.overTime.series[series][stretch].toUsdString(), false);
        text += "\r\n";
    }
    return QByteArray::fromStdString(text);
}

} // namespace farthing
