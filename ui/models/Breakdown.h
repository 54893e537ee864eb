// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"

#include <QByteArray>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace farthing {

/// One answer to "who spends": the groups, and what each spent when. Made on the worker, never changed.
struct Breakdown
{
    Dimension dimension = Dimension::Workflow;
    EventFilter filter; ///< what it answers, its moving ends of time as they stood
    GroupResult groups;
    CostOverTime overTime;
    std::vector<std::string> seriesKeys; ///< of overTime, dearest first; all others follow as one

    /// Once `groups` are there.
    void indexGroups();
    /// Index in `groups`; nothing where no group has this key.
    [[nodiscard]] std::optional<std::uint32_t> find(const std::string &key) const;

private:
    std::unordered_map<std::string_view, std::uint32_t> m_groupOf;
};

/// All of it from one snapshot, for a worker: the dearest `series` of the groups get a series of their own.
Result<std::shared_ptr<const Breakdown>> askBreakdown(QueryService &store, Dimension dimension,
                                                      const EventFilter &filter, std::size_t series,
                                                      std::size_t stretches,
                                                      const QueryService::Cancel &cancel);

/// The calls behind a mark of the chart, which is a series (one behind the last key: all others) and a
/// stretch of time: conditions to be added to those that the breakdown answers.
struct MarkFilter
{
    TimeRange range;
    DimensionFilter condition;
};
MarkFilter filterOfMark(const Breakdown &data, std::size_t series, std::size_t stretch);

/// What the chart shows, a line for each stretch of time: when it begins (UTC), and a column for each series.
QByteArray spendCsvOf(const Breakdown &data, const QString &others);

} // namespace farthing
