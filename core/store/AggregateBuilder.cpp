// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/AggregateBuilder.h"

namespace farthing {

void AggregateBuilder::add(const EventRow &row)
{
    const CostEvent &e = row.event;
    addSums(row);
    of(RollupMeasure::Tokens).add(e.usage.input + e.usage.output);
    if (e.cost)
        of(RollupMeasure::Cost).add(e.cost->nanoUsd());
    of(RollupMeasure::Latency).add(e.latencyUs);
    if (e.ttftUs >= 0)
        of(RollupMeasure::TimeToFirstToken).add(e.ttftUs);
    of(RollupMeasure::Overhead).add(e.overheadUs);
}

void AggregateBuilder::add(const AggregateBuilder &other)
{
    m_sums += other.m_sums;
    if (other.m_measures)
        for (const RollupMeasure measure : allEventMeasures)
            of(measure).add(other.distribution(measure));
}

void AggregateBuilder::remove(const AggregateBuilder &other)
{
    m_sums += -other.m_sums;
    if (other.m_measures)
        for (const RollupMeasure measure : allEventMeasures)
            of(measure).remove(other.distribution(measure));
}

const Distribution &AggregateBuilder::distribution(RollupMeasure measure) const
{
    static const Distribution none;
    return m_measures ? (*m_measures)[static_cast<std::size_t>(measure)] : none;
}

Aggregate AggregateBuilder::finish() const
{
    Aggregate total;
    m_sums.addTo(total);
    const auto percentile = [this](RollupMeasure measure, double percent) {
        return distribution(measure).percentile(percent);
    };
    const auto cost = [&](double percent) {
        return Money::fromNanoUsd(percentile(RollupMeasure::Cost, percent));
    };
    total.costP50 = cost(50);
    total.costP95 = cost(95);
    total.costP99 = cost(99);
    total.tokensP50 = percentile(RollupMeasure::Tokens, 50);
    total.tokensP95 = percentile(RollupMeasure::Tokens, 95);
    total.tokensP99 = percentile(RollupMeasure::Tokens, 99);
    total.latencyP50Us = percentile(RollupMeasure::Latency, 50);
    total.latencyP95Us = percentile(RollupMeasure::Latency, 95);
    total.latencyP99Us = percentile(RollupMeasure::Latency, 99);
    total.ttftP50Us = percentile(RollupMeasure::TimeToFirstToken, 50);
    total.ttftP95Us = percentile(RollupMeasure::TimeToFirstToken, 95);
    total.overheadP50Us = percentile(RollupMeasure::Overhead, 50);
    total.overheadP95Us = percentile(RollupMeasure::Overhead, 95);
    return total;
}

} // namespace farthing
