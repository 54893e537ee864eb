// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupSums.h"

#include "core/store/rollup/LogBuckets.h"

namespace farthing {

namespace {

struct TokenSum
{
    RollupSum sum;
    std::int64_t TokenUsage::*count;
};
constexpr TokenSum tokenSums[] = {
    {RollupSum::Input, &TokenUsage::input},
    {RollupSum::CachedInput, &TokenUsage::cachedInput},
    {RollupSum::CacheWrite5m, &TokenUsage::cacheWrite5m},
    {RollupSum::CacheWrite1h, &TokenUsage::cacheWrite1h},
    {RollupSum::InputAudio, &TokenUsage::inputAudio},
    {RollupSum::Output, &TokenUsage::output},
    {RollupSum::Reasoning, &TokenUsage::reasoning},
    {RollupSum::OutputAudio, &TokenUsage::outputAudio},
    {RollupSum::ServerToolCalls, &TokenUsage::serverToolCalls},
};

struct SavingSum
{
    RollupSum sum;
    Money Savings::*amount;
};
constexpr SavingSum savingSums[] = {
    {RollupSum::SavedResponseCache, &Savings::responseCache},
    {RollupSum::SavedTiering, &Savings::tiering},
    {RollupSum::SavedBatching, &Savings::batching},
    {RollupSum::SavedPromptCache, &Savings::promptCache},
};

/// Cost plus savings, from which list cost mostly does not differ.
std::int64_t costAndSavings(const RollupSums &sums)
{
    std::int64_t total = sums[RollupSum::Cost];
    for (const SavingSum &saving : savingSums)
        total = wrappingSum(total, sums[saving.sum]);
    return total;
}

} // namespace

RollupSums &RollupSums::operator+=(const RollupSums &other)
{
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = wrappingSum(values[i], other.values[i]);
    return *this;
}

RollupSums RollupSums::operator-() const
{
    RollupSums opposite;
    for (std::size_t i = 0; i < values.size(); ++i)
        opposite.values[i] = wrappingDifference(0, values[i]);
    return opposite;
}

RollupSums RollupSums::of(const EventRow &row)
{
    const CostEvent &e = row.event;
    RollupSums sums;
    sums[RollupSum::Requests] = 1;
    sums[RollupSum::Failed] = e.delivered() ? 0 : 1;
    sums[RollupSum::Unpriced] = e.priced ? 0 : 1;
    sums[RollupSum::Estimated] = e.usageSource == UsageSource::Estimated ? 1 : 0;
    sums[RollupSum::CacheHits] = e.cache != CacheKind::None ? 1 : 0;
    for (const TokenSum &token : tokenSums)
        sums[token.sum] = e.usage.*token.count;
    if (e.cost) {
        sums[RollupSum::Cost] = e.cost->nanoUsd();
        sums[RollupSum::FailedCost] = e.delivered() ? 0 : e.cost->nanoUsd();
    }
    if (e.listCost)
        for (const SavingSum &saving : savingSums)
            sums[saving.sum] = (e.savings.*saving.amount).nanoUsd();
    const std::int64_t listCost = e.listCost ? e.listCost->nanoUsd() : 0;
    sums[RollupSum::ListCostApart] = wrappingDifference(listCost, costAndSavings(sums));
    return sums;
}

void RollupSums::addTo(Aggregate &total) const
{
    const auto money = [this](RollupSum sum) { return Money::fromNanoUsd((*this)[sum]); };
    total.requests += (*this)[RollupSum::Requests];
    total.failed += (*this)[RollupSum::Failed];
    total.unpriced += (*this)[RollupSum::Unpriced];
    total.estimated += (*this)[RollupSum::Estimated];
    total.cacheHits += (*this)[RollupSum::CacheHits];
    for (const TokenSum &token : tokenSums)
        total.usage.*token.count += (*this)[token.sum];
    total.cost += money(RollupSum::Cost);
    total.failedCost += money(RollupSum::FailedCost);
    total.listCost +=
        Money::fromNanoUsd(wrappingSum((*this)[RollupSum::ListCostApart], costAndSavings(*this)));
    for (const SavingSum &saving : savingSums)
        total.savings.*saving.amount += money(saving.sum);
}

RollupBuckets rollupBucketsOf(const EventRow &row)
{
    const CostEvent &e = row.event;
    return {logBucketOf(e.usage.input + e.usage.output),
            e.cost ? logBucketOf(e.cost->nanoUsd()) : noLogBucket, logBucketOf(e.latencyUs),
            e.ttftUs >= 0 ? logBucketOf(e.ttftUs) : noLogBucket, logBucketOf(e.overheadUs)};
}

} // namespace farthing
