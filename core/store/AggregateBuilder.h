// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Distribution.h"
#include "core/store/EventRow.h"
#include "core/store/QueryService.h"

namespace farthing {

/// Sums rows up. An event without a price counts as unpriced and adds to no money and to no cost percentile.
class AggregateBuilder
{
public:
    void add(const EventRow &row);
    [[nodiscard]] Aggregate finish() const;

private:
    Aggregate m_sums;
    Distribution m_cost;
    Distribution m_tokens;
    Distribution m_latency;
    Distribution m_ttft;
    Distribution m_overhead;
};

} // namespace farthing
