// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Decimal.h"
#include "core/pricing/ModelName.h"
#include "core/pricing/importers/ImportTools.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace importing {

namespace {

using RateMember = std::optional<PicoUsd> Rates::*;

constexpr std::array<std::pair<std::string_view, RateMember>, 10> costKeys{{
    {"input_cost_per_token_cache_hit", &Rates::cachedInput}, // the older name of the next
    {"cache_read_input_token_cost", &Rates::cachedInput},
    {"input_cost_per_token", &Rates::input},
    {"cache_creation_input_token_cost", &Rates::cacheWrite5m},
    {"cache_creation_input_token_cost_above_1hr", &Rates::cacheWrite1h},
    {"output_cost_per_token", &Rates::output},
    {"output_cost_per_reasoning_token", &Rates::reasoning},
    {"input_cost_per_audio_token", &Rates::inputAudio},
    {"cache_read_input_audio_token_cost", &Rates::cachedInputAudio},
    {"output_cost_per_audio_token", &Rates::outputAudio},
}};

/// Neither models nor prices.
constexpr std::array<std::string_view, 3> otherKeys{"sample_spec", "last_updated",
                                                    "fallback_generalizations"};

/// What one key of a model sets: a rate of the standard tier, or of the service tier or threshold its suffix
/// names.
struct CostKey
{
    RateMember member = nullptr;
    std::string serviceTier;
    std::int64_t above = 0;
};

CostKey readKey(std::string_view key)
{
    CostKey result;
    for (const auto &[suffix, tier] : {std::pair<std::string_view, std::string_view>("_flex", "flex"),
                                       {"_priority", "priority"},
                                       {"_batches", "batch"}})
        if (key.ends_with(suffix)) {
            key.remove_suffix(suffix.size());
            result.serviceTier = tier;
            break;
        }
    constexpr std::string_view above = "_above_";
    constexpr std::string_view tokens = "k_tokens";
    if (const std::size_t at = key.rfind(above); at != std::string_view::npos && key.ends_with(tokens)) {
        const std::size_t begin = at + above.size();
        const ScaledDecimal k = parseScaledDecimal(key.substr(begin, key.size() - tokens.size() - begin), 3);
        if (k.status != DecimalStatus::Ok || k.value <= 0)
            return result;
        result.above = k.value;
        key = key.substr(0, at);
    }
    for (const auto &[name, member] : costKeys)
        if (name == key)
            result.member = member;
    return result;
}

struct ModelRates
{
    std::map<std::pair<std::string, std::int64_t>, Rates> byTierAndThreshold;
    PriceReader reader;

    void read(const JsonNode &model)
    {
        for (const auto &[key, value] : model.members)
            if (const CostKey cost = readKey(key); cost.member != nullptr)
                if (const auto price = reader.read(value, 0))
                    byTierAndThreshold[{cost.serviceTier, cost.above}].*cost.member = price;
        if (const JsonNode *const tiers = model.find("tiered_pricing"))
            for (const JsonNode &tier : tiers->items)
                readRange(tier);
    }

    void readRange(const JsonNode &tier)
    {
        const JsonNode *const range = tier.find("range");
        if (range == nullptr || range->items.empty())
            return;
        const ScaledDecimal from = parseScaledDecimal(range->items.front().text, 0);
        if (from.status == DecimalStatus::Malformed || from.status == DecimalStatus::OutOfRange ||
            from.value < 0)
            return;
        Rates &rates = byTierAndThreshold[{"", from.value}];
        for (const auto &[key, value] : tier.members)
            if (const CostKey cost = readKey(key);
                cost.member != nullptr && cost.serviceTier.empty() && cost.above == 0)
                if (const auto price = reader.read(value, 0))
                    rates.*cost.member = price;
    }
};

/// "gemini/gemini-2.5-pro" is gemini-2.5-pro at gemini; "groq/openai/gpt-oss-120b" is openai/gpt-oss-120b at
/// groq.
std::string modelOf(const std::string &key, const std::string &litellmProvider, const std::string &provider)
{
    const std::size_t slash = key.find('/');
    if (slash == std::string::npos)
        return key;
    const std::string prefix = key.substr(0, slash);
    const bool names = litellmProvider.starts_with(prefix) || priceProviderOf(prefix) == provider;
    return names ? key.substr(slash + 1) : key;
}

std::string providerOfLiteLlm(const std::string &name)
{
    // "vertex_ai-anthropic_models" and the like are sections of one provider.
    if (name.starts_with("vertex_ai-"))
        return priceProviderOf("vertex_ai");
    if (name == "bedrock_converse")
        return priceProviderOf("bedrock");
    if (name == "text-completion-codestral")
        return priceProviderOf("codestral");
    return priceProviderOf(name);
}

/// The batch rates as one factor where that says the same.
std::optional<std::int32_t> batchFactor(const Rates &batch, const Rates &standard)
{
    if (!batch.input || !standard.input || *standard.input == 0 || *batch.input * 1000 % *standard.input != 0)
        return std::nullopt;
    const std::int64_t permille = *batch.input * 1000 / *standard.input;
    if (permille > 10'000 || batch.output.value_or(0) * 1000 != standard.output.value_or(0) * permille)
        return std::nullopt;
    return static_cast<std::int32_t>(permille);
}

void addTiers(PriceEntry &entry, const ModelRates &rates, Collector &out, const std::string &shown)
{
    for (auto [key, tier] : rates.byTierAndThreshold) {
        const auto &[serviceTier, above] = key;
        if (serviceTier.empty() && above == 0)
            continue;
        if (!tier.input || (entry.standard.output && !tier.output)) {
            out.warn(shown, "has a tier without a price for input or output, which was left out");
            continue;
        }
        const std::optional<std::int32_t> factor =
            serviceTier == "batch" && above == 0 ? batchFactor(tier, entry.standard) : std::nullopt;
        completeFrom(tier, entry.standard);
        if (factor)
            entry.batchPermille = factor;
        else if (above > 0)
            entry.longContext.push_back({above, tier, serviceTier});
        else
            entry.serviceTiers.emplace_back(serviceTier, tier);
    }
    std::stable_sort(entry.longContext.begin(), entry.longContext.end(),
                     [](const auto &a, const auto &b) { return a.aboveInputTokens < b.aboveInputTokens; });
}

void readModel(const std::string &key, const JsonNode &model, Collector &out)
{
    const JsonNode *const providerNode = model.find("litellm_provider");
    const std::string name = providerNode != nullptr && providerNode->isString() ? providerNode->text : "";
    if (name.empty())
        return out.skip(key, "names no litellm_provider");
    PriceEntry entry;
    entry.provider = providerOfLiteLlm(name);
    entry.model = modelOf(key, name, entry.provider);
    if (entry.model.empty() || entry.model.find('\0') != std::string::npos)
        return out.skip(key, "has no name");
    entry.source = "LiteLLM";

    ModelRates rates;
    rates.read(model);
    if (rates.reader.bad)
        return out.skip(key, outOfRange);
    entry.standard = rates.byTierAndThreshold[{"", 0}];
    if (!entry.standard.input && !entry.standard.output)
        return out.skip(key, rates.reader.noNumber ? unread : notByTokens);
    if (isZero(entry.standard))
        return out.skip(key, zeroThroughout);
    addTiers(entry, rates, out, key);
    if (const JsonNode *const search = model.find("search_context_cost_per_query"))
        if (const JsonNode *const medium = search->find("search_context_size_medium"))
            entry.perServerToolCall = rates.reader.read(*medium, 0);
    if (rates.reader.inexact)
        out.warn(key, rounded);
    if (rates.reader.noNumber)
        out.warn(key, unread);
    if (entry.provider == "anthropic" && entry.standard.cacheWrite1h && entry.standard.input &&
        *entry.standard.cacheWrite1h != 2 * *entry.standard.input)
        out.warn(
            key,
            "has a 1 h cache write that is not twice the input, against Anthropic's rule; taken as it is");
    out.add({std::move(entry)}, key);
}

} // namespace

Result<PriceImport> readLiteLlm(const JsonNode &root)
{
    if (!root.isObject())
        return Error{"expected an object of models"};
    Collector out;
    bool any = false;
    for (const auto &[key, value] : root.members) {
        if (std::find(otherKeys.begin(), otherKeys.end(), key) != otherKeys.end())
            continue;
        if (!value.isObject())
            return Error{"expected an object of prices", "model '" + key + "'"};
        any = any || value.find("litellm_provider") != nullptr;
        readModel(key, value, out);
    }
    if (!any)
        return Error{"no model names a 'litellm_provider': this is not LiteLLM's price file"};
    return out.finish();
}

} // namespace importing

Result<PriceImport> importLiteLlm(std::string_view json)
{
    const Result<JsonNode> root = parseJsonTree(json);
    return root ? importing::readLiteLlm(*root) : Result<PriceImport>(root.error());
}

} // namespace farthing
