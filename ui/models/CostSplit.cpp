// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/CostSplit.h"

#include "core/base/Files.h"
#include "core/pricing/CostCalculator.h"

#include <cstdlib>

namespace farthing {

namespace {

constexpr std::int64_t roundingNano = 8; ///< each of the parts is rounded on its own

std::optional<Money> priceOf(const CostEvent &event, const TokenUsage &usage, const PriceBook &book)
{
    CostEvent changed = event;
    changed.usage = usage;
    priceEvent(changed, book);
    return changed.cost;
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
    // In a long-context tier the remaining input may have become cheaper: then a difference is not a part.
    TokenUsage alone;
    alone.input = event.usage.cachedInput;
    alone.cachedInput = event.usage.cachedInput;
    const std::optional<Money> cachedAlone = priceOf(event, alone, book);
    if (!known || !cachedAlone ||
        (event.usage.inputAudio == 0 &&
         std::abs(cachedAlone->nanoUsd() - split.cachedInput.nanoUsd()) > roundingNano))
        return std::nullopt;
    return split;
}

std::shared_ptr<const PriceBook> loadPriceBook(const std::filesystem::path &pricesFile)
{
    std::shared_ptr<const PriceBook> base = builtInPriceBook();
    std::error_code ignored;
    if (!std::filesystem::exists(pricesFile, ignored))
        return base;
    const auto text = readFile(pricesFile);
    const auto local = text ? parsePriceBook(*text) : Result<PriceBook>(text.error());
    return local ? overlay(*base, *local) : base;
}

} // namespace farthing
