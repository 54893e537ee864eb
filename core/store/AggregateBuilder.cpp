// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/AggregateBuilder.h"

namespace farthing {

void AggregateBuilder::add(const EventRow &row)
{
    const CostEvent &e = row.event;
    ++m_sums.requests;
    m_sums.failed += e.delivered() ? 0 : 1;
    m_sums.unpriced += e.priced ? 0 : 1;
    m_sums.estimated += e.usageSource == UsageSource::Estimated ? 1 : 0;
    m_sums.cacheHits += e.cache != CacheKind::None ? 1 : 0;
    m_sums.usage += e.usage;
    if (e.cost) {
        m_sums.cost += *e.cost;
        if (!e.delivered())
            m_sums.failedCost += *e.cost;
        m_cost.add(e.cost->nanoUsd());
    }
    if (e.listCost) {
        m_sums.listCost += *e.listCost;
        m_sums.savings.responseCache += e.savings.responseCache;
        m_sums.savings.tiering += e.savings.tiering;
        m_sums.savings.batching += e.savings.batching;
        m_sums.savings.promptCache += e.savings.promptCache;
    }
    m_tokens.add(e.usage.input + e.usage.output);
    m_latency.add(e.latencyUs);
    if (e.ttftUs >= 0)
        m_ttft.add(e.ttftUs);
    m_overhead.add(e.overheadUs);
}

Aggregate AggregateBuilder::finish() const
{
    Aggregate total = m_sums;
    const auto cost = [this](double percent) { return Money::fromNanoUsd(m_cost.percentile(percent)); };
    total.costP50 = cost(50);
    total.costP95 = cost(95);
    total.costP99 = cost(99);
    total.tokensP50 = m_tokens.percentile(50);
    total.tokensP95 = m_tokens.percentile(95);
    total.tokensP99 = m_tokens.percentile(99);
    total.latencyP50Us = m_latency.percentile(50);
    total.latencyP95Us = m_latency.percentile(95);
    total.latencyP99Us = m_latency.percentile(99);
    total.ttftP50Us = m_ttft.percentile(50);
    total.ttftP95Us = m_ttft.percentile(95);
    total.overheadP50Us = m_overhead.percentile(50);
    total.overheadP95Us = m_overhead.percentile(95);
    return total;
}

} // namespace farthing
