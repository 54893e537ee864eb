// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/EventSource.h"

#include "core/ingest/ForeignCall.h"

namespace farthing {

bool EventSource::price(CostEvent &event, const PriceBook &book) const
{
    const bool had = event.listCost.has_value();
    priceIngested(event, book);
    return !had || event.listCost.has_value();
}

} // namespace farthing
