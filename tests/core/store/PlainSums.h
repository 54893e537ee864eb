// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/Names.h"
#include "core/store/EventQuestions.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <vector>

namespace farthing {

inline std::string valueOf(const CostEvent &e, Dimension dimension)
{
    switch (dimension) {
    case Dimension::Workflow:
        return e.workflow;
    case Dimension::User:
        return e.user;
    case Dimension::Feature:
        return e.feature;
    case Dimension::Model:
        return e.model();
    case Dimension::Provider:
        return e.provider;
    case Dimension::Session:
        return e.session;
    case Dimension::Endpoint:
        return e.endpoint;
    case Dimension::Status:
        return std::to_string(e.status);
    case Dimension::Cache:
        return std::string(nameOf(e.cache));
    case Dimension::Tier:
        return std::string(nameOf(e.tier));
    case Dimension::Client:
        return e.client;
    case Dimension::Day:
        return formatRfc3339(e.time).substr(0, 10);
    case Dimension::Hour:
        return formatRfc3339(e.time).substr(0, 13) + ":00Z";
    }
    return {};
}

inline bool accepts(const EventFilter &filter, const CostEvent &e)
{
    if ((filter.range.since && e.time < *filter.range.since) ||
        (filter.range.until && e.time >= *filter.range.until))
        return false;
    return std::ranges::all_of(filter.dimensions, [&](const DimensionFilter &condition) {
        const bool is = std::ranges::count(condition.values, valueOf(e, condition.dimension)) > 0;
        return is != condition.exclude;
    });
}

using Values = std::vector<std::int64_t>;

/// Nearest rank, of sorted values.
inline std::int64_t percentile(const Values &values, int percent)
{
    if (values.empty())
        return 0;
    const auto rank =
        static_cast<std::size_t>(std::ceil(percent / 100.0 * static_cast<double>(values.size())));
    return values[std::max<std::size_t>(rank, 1) - 1];
}

/// What a plain loop over the events makes of them.
struct Expected
{
    Aggregate sums;
    Values costs, tokens, latencies, firstTokens, overheads;

    void add(const CostEvent &e)
    {
        ++sums.requests;
        sums.failed += e.delivered() ? 0 : 1;
        sums.unpriced += e.priced ? 0 : 1;
        sums.estimated += e.usageSource == UsageSource::Estimated ? 1 : 0;
        sums.cacheHits += e.cache != CacheKind::None ? 1 : 0;
        sums.usage += e.usage;
        if (e.cost) {
            sums.cost += *e.cost;
            sums.failedCost += e.delivered() ? Money() : *e.cost;
            costs.push_back(e.cost->nanoUsd());
        }
        if (e.listCost) {
            sums.listCost += *e.listCost;
            sums.savings.responseCache += e.savings.responseCache;
            sums.savings.tiering += e.savings.tiering;
            sums.savings.batching += e.savings.batching;
            sums.savings.promptCache += e.savings.promptCache;
        }
        tokens.push_back(e.usage.input + e.usage.output);
        latencies.push_back(e.latencyUs);
        if (e.ttftUs >= 0)
            firstTokens.push_back(e.ttftUs);
        overheads.push_back(e.overheadUs);
    }
};

inline bool isClose(std::int64_t found, std::int64_t exact)
{
    return std::abs(static_cast<double>(found - exact)) <= 0.01 * static_cast<double>(exact);
}

/// Empty where they agree, else what does not.
inline std::string difference(const Aggregate &found, Expected expected)
{
    const Aggregate &sums = expected.sums;
    if (std::tie(found.requests, found.failed, found.unpriced, found.estimated, found.cacheHits) !=
        std::tie(sums.requests, sums.failed, sums.unpriced, sums.estimated, sums.cacheHits))
        return "counts";
    if (!(found.usage == sums.usage))
        return "tokens";
    if (found.cost != sums.cost || found.failedCost != sums.failedCost || found.listCost != sums.listCost ||
        !(found.savings == sums.savings))
        return "money";
    for (Values *values :
         {&expected.costs, &expected.tokens, &expected.latencies, &expected.firstTokens, &expected.overheads})
        std::ranges::sort(*values);
    const std::tuple<const char *, std::int64_t, std::int64_t> percentiles[] = {
        {"cost p50", found.costP50.nanoUsd(), percentile(expected.costs, 50)},
        {"cost p95", found.costP95.nanoUsd(), percentile(expected.costs, 95)},
        {"cost p99", found.costP99.nanoUsd(), percentile(expected.costs, 99)},
        {"tokens p50", found.tokensP50, percentile(expected.tokens, 50)},
        {"tokens p95", found.tokensP95, percentile(expected.tokens, 95)},
        {"tokens p99", found.tokensP99, percentile(expected.tokens, 99)},
        {"latency p50", found.latencyP50Us, percentile(expected.latencies, 50)},
        {"latency p95", found.latencyP95Us, percentile(expected.latencies, 95)},
        {"latency p99", found.latencyP99Us, percentile(expected.latencies, 99)},
        {"first token p50", found.ttftP50Us, percentile(expected.firstTokens, 50)},
        {"first token p95", found.ttftP95Us, percentile(expected.firstTokens, 95)},
        {"overhead p50", found.overheadP50Us, percentile(expected.overheads, 50)},
        {"overhead p95", found.overheadP95Us, percentile(expected.overheads, 95)},
    };
    for (const auto &[what, is, ought] : percentiles)
        if (!isClose(is, ought))
            return std::string(what) + ": " + std::to_string(is) + " instead of " + std::to_string(ought);
    return {};
}

inline TimeRange range(const char *since, const char *until)
{
    TimeRange result;
    if (*since != '\0')
        result.since = *parseRfc3339(since);
    if (*until != '\0')
        result.until = *parseRfc3339(until);
    return result;
}

} // namespace farthing
