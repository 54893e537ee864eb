// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"

namespace farthing {

/// Stands for the store until the proxy has made it: no events, and no error either.
class EmptyStore final : public QueryService
{
public:
    Result<GroupResult> groups(const GroupQuery &, const Cancel *) override { return GroupResult{}; }
    Result<EventHistogram> histogram(EventMeasure, const EventFilter &, std::size_t, const Cancel *) override
    {
        return EventHistogram{};
    }
    Result<SpendCurve> spendCurve(std::optional<Dimension>, const EventFilter &, const Cancel *) override
    {
        return SpendCurve{};
    }
    Result<CostOverTime> costOverTime(Dimension, const std::vector<std::string> &, const EventFilter &,
                                      std::size_t, const Cancel *) override
    {
        return CostOverTime{};
    }
    Result<EventPage> events(const EventFilter &, EventOrder, std::size_t, const std::optional<std::string> &,
                             const Cancel *) override
    {
        return EventPage{};
    }
    Result<Tail> newerThan(std::optional<std::int64_t> sequence, std::size_t) override
    {
        return Tail{{}, sequence.value_or(0)};
    }
    Result<std::optional<CostEvent>> event(const Uuid &) override { return std::optional<CostEvent>(); }
    Result<StoreSummary> summary() override { return StoreSummary{}; }
    Result<std::vector<std::string>> values(Dimension, std::string_view, std::size_t) override
    {
        return std::vector<std::string>();
    }
    Result<Visited> forEach(const EventFilter &, const std::function<bool(const CostEvent &)> &,
                            const Cancel *, Parts) override
    {
        return Visited{};
    }
};

} // namespace farthing
