// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/pricing/PriceBook.h"

namespace farthing {

/// Fills priced, cost, listCost, savings and priceVersion of an event from its tokens, parts, models, status,
/// service tier, cache and batch flags. Integer pico-dollars throughout, each cost rounded once, half to
/// even; what the event held in those fields before does not matter.
///
/// - No tokens that are billed (usage source none, or counting tokens): costs 0, is priced.
/// - A call is priced at the model that answered, else the one sent, else the one asked for. `parts`, where
/// there are
///   any, replace `usage`, each at its own model. No price for one of them: unpriced, costs empty, savings
///   zero.
/// - A served cache hit pays only what its `parts` say it consumed (its embedding), and `usage` is the
/// replayed answer's.
/// - An event that delivered nothing costs what it costs and has neither list cost nor savings.
/// - List cost is at `listModel`, at the standard tier, synchronous, uncached. Where no rule chose that model
/// and no price
///   is known for it (a deployment's name), the model that answered stands in; otherwise it stays empty and
///   savings zero. Server tool calls and other models' parts cost the same in every step.
/// - The service tier is the one the response reports. "", "default", "standard", "auto" and every tier the
/// book has no
///   rates for are the standard tier; so is Anthropic's "priority", capacity committed beforehand at no price
///   per token. `batch`, or a reported tier "batch", takes the batch rates or factor; server tool calls are
///   never discounted.
/// - Cached audio is what the usage JSON tells of it (toldCachedAudio); where it does not, cached tokens
///   count as text as far as the text reaches, beyond it as audio.
///   What was written beyond the text is priced as written alone.
///   Parts never exceed their whole: tokens reported as read and as written (a gateway does) count as read.
void priceEvent(CostEvent &event, const PriceBook &book);

/// Prices an event anew that was recorded before; whether that changed it. A cost is not forgotten for want
/// of a price, and where nobody knows what was consumed (usage source none, of a call that delivered
/// something or has a cost), the event keeps what it has: a price says nothing about it.
bool repriceEvent(CostEvent &event, const PriceBook &book);

/// Splits what an event from outside saved, where it has a list cost but no savings: a cache hit saved all of
/// it by the response cache; another call as `book` does where that comes to the same cost and list cost.
/// Where it does not, the list cost is taken away, and the answer is false: savings always add up.
bool completeSavings(CostEvent &event, const PriceBook &book);

} // namespace farthing
