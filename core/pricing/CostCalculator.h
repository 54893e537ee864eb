// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/pricing/PriceBook.h"

namespace farthing {

/// Fills priced, cost, listCost, savings and priceVersion of an event from its tokens, parts, models, status, service
/// tier, cache and batch flags. Integer pico-dollars throughout, rounded once per cost, half to even.
/// An event without tokens that are billed (usage source none, or an endpoint that costs nothing) costs 0 and is priced.
void priceEvent(CostEvent &event, const PriceBook &book);

} // namespace farthing
