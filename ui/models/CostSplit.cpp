// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/CostSplit.h"

#include "core/pricing/CostCalculator.h"
#include "ui/models/CallText.h"

#include <algorithm>

namespace farthing {

namespace {

std::optional<Money> priceOf(const CostEvent &event, const TokenUsage &usage, const PriceBook &book)
{
    CostEvent changed = event;
    changed.usage = usage;
    priceEvent(changed, book);
    return changed.cost;
}

/// Whether a long-context tier ends between the two amounts of input. Where the call ran at a service tier or
/// in a batch, any tier's end counts: better no split than a wrong one.
bool tierEndsBetween(const CostEvent &event, std::int64_t less, std::int64_t more, const PriceBook &book)
{
    const PriceEntry *const entry = book.find(event.provider, event.model(), event.time);
    const bool standard = event.serviceTier.empty() && !event.batch;
    return entry != nullptr && std::ranges::any_of(entry->longContext, [&](const LongContextTier &tier) {
               return more > tier.aboveInputTokens && less <= tier.aboveInputTokens &&
                      (tier.serviceTier.empty() || !standard);
           });
}

} // namespace

std::optional<CostSplit> splitCost(const CostEvent &event, const PriceBook &book)
{
    if (!event.cost || !event.parts.empty() || event.cache != CacheKind::None ||
        priceOf(event, event.usage, book) != event.cost)
        return std::nullopt;
    // Part by part is taken away; the difference is what it cost.
    TokenUsage left = event.usage;
    Money before = *event.cost;
    bool known = true;
    const auto take = [&](auto change) {
        change(left);
        const std::optional<Money> after = priceOf(event, left, book);
        known = known && after;
        const Money part = after ? before - *after : Money();
        before = after.value_or(before);
        return part;
    };
    CostSplit split;
    split.serverTools = take([](TokenUsage &u) { u.serverToolCalls = 0; });
    split.output = take([](TokenUsage &u) { u.output = u.reasoning = u.outputAudio = 0; });
    // Text goes first where cached audio is not told apart, so audio stays with the uncached input.
    split.cachedInput = take([](TokenUsage &u) {
        u.input -= u.cachedInput;
        u.cachedInput = 0;
    });
    split.cacheWrite = take([](TokenUsage &u) {
        u.input -= u.cacheWrite5m + u.cacheWrite1h;
        u.cacheWrite5m = u.cacheWrite1h = 0;
    });
    split.uncachedInput = before;
    // With less input the call may have become cheaper as a whole: then a difference is not a part.
    if (!known || tierEndsBetween(event, left.input, event.usage.input, book))
        return std::nullopt;
    return split;
}

} // namespace farthing
