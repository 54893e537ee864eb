// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/CostCalculator.h"

#include "core/model/EventLimits.h"
#include "core/model/endpoints.h"
#include "core/pricing/CachedAudio.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace {

// Thousandths of a pico-dollar, so that a batch factor stays exact too. The products leave 64 bits at a few
// dollars.
__extension__ using Femto = __int128;

/// What the caller did and did not choose, beside the tokens.
struct Terms
{
    std::string_view serviceTier;
    bool batch = false;
    bool cached = true; ///< false: cached reads and cache writes at the price of plain input
};

constexpr Terms listTerms{{}, false, false};

std::int64_t sane(std::int64_t tokens)
{
    return std::clamp<std::int64_t>(tokens, 0, mostTokens);
}

bool sameName(std::string_view a, std::string_view b)
{
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [&](char x, char y) { return fold(x) == fold(y); });
}

Money toMoney(Femto cost)
{
    constexpr Femto femtoPerNano = 1'000'000;
    Femto nano = cost / femtoPerNano;
    const Femto rest = cost - nano * femtoPerNano;
    if (rest > femtoPerNano / 2 || (rest == femtoPerNano / 2 && nano % 2 != 0))
        ++nano;
    return Money::fromNanoUsd(static_cast<std::int64_t>(std::min<Femto>(nano, mostNanoUsd)));
}

struct ChosenRates
{
    const Rates *rates = nullptr;
    std::int32_t permille = 1000;
};

const Rates *longestTier(const PriceEntry &entry, std::string_view serviceTier, std::int64_t input)
{
    const Rates *rates = nullptr;
    for (const LongContextTier &tier : entry.longContext)
        if (input > tier.aboveInputTokens && sameName(tier.serviceTier, serviceTier))
            rates = &tier.rates;
    return rates;
}

ChosenRates chooseRates(const PriceEntry &entry, const Terms &terms, std::int64_t input)
{
    const bool batch = terms.batch || sameName(terms.serviceTier, "batch");
    const std::string_view wanted = batch ? "batch" : terms.serviceTier;
    // Anthropic reports "priority" for capacity that was bought beforehand; tokens have no price of their own
    // there.
    if (!wanted.empty() && !(entry.provider == "anthropic" && sameName(wanted, "priority")))
        for (const auto &[name, rates] : entry.serviceTiers)
            if (sameName(name, wanted)) {
                const Rates *const longer = longestTier(entry, wanted, input);
                return {longer != nullptr ? longer : &rates};
            }
    const Rates *const longer = longestTier(entry, {}, input);
    return {longer != nullptr ? longer : &entry.standard, batch ? entry.batchPermille.value_or(1000) : 1000};
}

using Price = std::optional<PicoUsd>;

Price firstOf(const Price &a, const Price &b)
{
    return a ? a : b;
}

/// The tokens' price, server tool calls aside; empty where they need a rate that is not sold. `toldAudio` of
/// the cached ones are audio, where that is known.
std::optional<Femto> priceTokens(const PriceEntry &entry, const TokenUsage &usage, const Terms &terms,
                                 std::optional<std::int64_t> toldAudio)
{
    const std::int64_t input = sane(usage.input);
    const std::int64_t audio = std::min(sane(usage.inputAudio), input);
    const std::int64_t cached = terms.cached ? std::min(sane(usage.cachedInput), input) : 0;
    const std::int64_t written5m = terms.cached ? std::min(sane(usage.cacheWrite5m), input - cached) : 0;
    const std::int64_t written1h =
        terms.cached ? std::min(sane(usage.cacheWrite1h), input - cached - written5m) : 0;
    const std::int64_t text = input - audio;
    // What was read and written beyond the text was audio; reads first, so that writes keep their price.
    const std::int64_t beyondText = std::max<std::int64_t>(0, cached + written5m + written1h - text);
    const std::int64_t leastCachedAudio = std::min(beyondText, cached);
    const std::int64_t cachedAudio =
        std::clamp(toldAudio.value_or(leastCachedAudio), leastCachedAudio, std::min(cached, audio));
    const std::int64_t cachedText = cached - cachedAudio;
    const std::int64_t writtenAudio = std::max<std::int64_t>(0, cachedText + written5m + written1h - text);
    const std::int64_t plain = std::max<std::int64_t>(0, text - cachedText - written5m - written1h);

    const std::int64_t output = sane(usage.output);
    const std::int64_t outputAudio = std::min(sane(usage.outputAudio), output);
    const std::int64_t reasoning = std::min(sane(usage.reasoning), output - outputAudio);

    const auto [rates, permille] = chooseRates(entry, terms, input);
    const Price cachedInput = firstOf(rates->cachedInput, rates->input);
    const Price write5m = firstOf(rates->cacheWrite5m, rates->input);
    const Price inputAudio = firstOf(rates->inputAudio, rates->input);
    struct Line
    {
        std::int64_t tokens;
        Price price;
    };
    const std::array<Line, 9> lines{{
        {plain, rates->input},
        {cachedText, cachedInput},
        {written5m, write5m},
        {written1h, firstOf(rates->cacheWrite1h, write5m)},
        {audio - cachedAudio - writtenAudio, inputAudio},
        {cachedAudio, firstOf(rates->cachedInputAudio, cachedInput)},
        {output - reasoning - outputAudio, rates->output},
        {reasoning, firstOf(rates->reasoning, rates->output)},
        {outputAudio, firstOf(rates->outputAudio, rates->output)},
    }};
    Femto sum = 0;
    for (const Line &line : lines) {
        if (line.tokens > 0 && !line.price)
            return std::nullopt;
        sum += line.tokens > 0 ? static_cast<Femto>(line.tokens) * *line.price : 0;
    }
    return sum * permille;
}

Femto priceToolCalls(const PriceEntry &entry, const TokenUsage &usage)
{
    return static_cast<Femto>(sane(usage.serverToolCalls)) * entry.perServerToolCall.value_or(0) * 1000;
}

/// One model's share of an event, with the entry it is priced at.
struct Share
{
    const PriceEntry *entry = nullptr;
    const TokenUsage *usage = nullptr;
    bool main = true; ///< ran on the model that answered, which is the one routing chooses
    std::optional<std::int64_t> cachedAudio = {}; ///< where the provider told
};

/// A model that a rule or Farthing itself named: at the call's upstream, or at the one before the slash.
const PriceEntry *findConfigured(const CostEvent &event, const std::string &model, const PriceBook &book)
{
    const PriceEntry *const entry = book.find(event.provider, model, event.time);
    const std::size_t slash = model.find('/');
    if (entry != nullptr || slash == std::string::npos)
        return entry;
    const std::string_view name = model;
    return book.find(name.substr(0, slash), name.substr(slash + 1), event.time);
}

std::optional<std::int64_t> cachedAudioOf(const CostEvent &event)
{
    const bool mayBe = event.usage.inputAudio > 0 && event.usage.cachedInput > 0;
    return mayBe ? toldCachedAudio(event.rawUsage) : std::nullopt;
}

/// Empty where one of the models has no price.
std::optional<std::vector<Share>> sharesOf(const CostEvent &event, const PriceBook &book)
{
    const std::string &answered = event.model();
    const PriceEntry *const main = book.find(event.provider, answered, event.time);
    if (event.parts.empty())
        return main == nullptr
                   ? std::nullopt
                   : std::optional(std::vector<Share>{{main, &event.usage, true, cachedAudioOf(event)}});
    std::vector<Share> shares;
    for (const UsagePart &part : event.parts) {
        const bool own = part.model.empty() || part.model == answered;
        const PriceEntry *const entry = own ? main : findConfigured(event, part.model, book);
        if (entry == nullptr)
            return std::nullopt;
        shares.push_back({entry, &part.usage, own});
    }
    return shares;
}

/// The shares' cost on `terms`; the answering model's tokens at `instead` where that is given.
std::optional<Money> costOf(const std::vector<Share> &shares, const Terms &terms,
                            const PriceEntry *instead = nullptr)
{
    Femto sum = 0;
    for (const Share &share : shares) {
        const PriceEntry *const entry = share.main && instead != nullptr ? instead : share.entry;
        const std::optional<Femto> tokens = priceTokens(*entry, *share.usage, terms, share.cachedAudio);
        if (!tokens)
            return std::nullopt;
        sum += *tokens + priceToolCalls(*share.entry, *share.usage);
    }
    return toMoney(sum);
}

const PriceEntry *listEntry(const CostEvent &event, const PriceBook &book)
{
    const bool noRule = event.listModel.empty() || event.listModel == event.requestModel;
    const PriceEntry *const entry = noRule ? book.find(event.provider, event.requestModel, event.time)
                                           : findConfigured(event, event.listModel, book);
    return entry != nullptr || !noRule ? entry : book.find(event.provider, event.model(), event.time);
}

void priceHit(CostEvent &event, const PriceBook &book)
{
    const PriceEntry *const list = listEntry(event, book);
    if (list == nullptr)
        return;
    const std::optional<Money> listCost = costOf({{list, &event.usage, true}}, listTerms);
    Money cost;
    if (!event.parts.empty()) {
        const auto shares = sharesOf(event, book);
        const std::optional<Money> consumed = shares ? costOf(*shares, Terms{}) : std::nullopt;
        if (!consumed)
            return;
        cost = *consumed;
    }
    if (!listCost)
        return;
    event.priced = true;
    event.cost = cost;
    event.priceVersion = book.labelOf(*list);
    if (event.delivered()) {
        event.listCost = listCost;
        event.savings.responseCache = *listCost - cost;
    }
}

void priceCall(CostEvent &event, const PriceBook &book)
{
    const auto shares = sharesOf(event, book);
    if (!shares)
        return;
    const std::optional<Money> cost = costOf(*shares, {event.serviceTier, event.batch, true});
    if (!cost)
        return;
    event.priced = true;
    event.cost = cost;
    event.priceVersion = book.labelOf(*shares->front().entry);
    const PriceEntry *const list = event.delivered() ? listEntry(event, book) : nullptr;
    if (list == nullptr)
        return;
    // Where a lever was not used its step costs the same, and is not computed again.
    const bool asListed = std::all_of(shares->begin(), shares->end(),
                                      [&](const Share &s) { return !s.main || s.entry == list; });
    const bool standard = event.serviceTier.empty() && !event.batch;
    const std::optional<Money> listCost = costOf(*shares, listTerms, list);
    const std::optional<Money> tiered = asListed ? listCost : costOf(*shares, listTerms);
    const std::optional<Money> uncached =
        standard ? tiered : costOf(*shares, {event.serviceTier, event.batch, false});
    if (!listCost || !tiered || !uncached)
        return;
    event.listCost = listCost;
    event.savings.tiering = *listCost - *tiered;
    event.savings.batching = *tiered - *uncached;
    event.savings.promptCache = *uncached - *cost;
}

} // namespace

void priceEvent(CostEvent &event, const PriceBook &book)
{
    event.priced = false;
    event.cost.reset();
    event.listCost.reset();
    event.savings = {};
    event.priceVersion.clear();

    const bool unmetered = event.usageSource == UsageSource::None;
    if (unmetered && event.delivered() &&
        endpoint::costsUnknownMoney(event.endpoint, !event.requestModel.empty()))
        return;
    if (unmetered || event.endpoint == endpoint::countTokens) {
        event.priced = true;
        event.cost = Money();
        event.priceVersion = book.version();
        if (event.delivered())
            event.listCost = Money();
    } else if (event.cache != CacheKind::None) {
        priceHit(event, book);
    } else {
        priceCall(event, book);
    }
}

bool repriceEvent(CostEvent &event, const PriceBook &book)
{
    if (event.usageSource == UsageSource::None && (event.delivered() || event.cost))
        return false;
    const CostEvent before = event;
    priceEvent(event, book);
    if (before.cost && !event.cost)
        event = before;
    return !(event == before);
}

bool completeSavings(CostEvent &event, const PriceBook &book)
{
    if (!event.cost || !event.listCost || event.savings.total() == *event.listCost - *event.cost)
        return true;
    if (event.cache != CacheKind::None) {
        event.savings.responseCache = *event.listCost - *event.cost;
        return true;
    }
    CostEvent priced = event;
    priceEvent(priced, book);
    if (priced.cost == event.cost && priced.listCost == event.listCost)
        event.savings = priced.savings;
    else
        event.listCost.reset();
    return event.listCost.has_value();
}

} // namespace farthing
