// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/prices/Differences.h"

#include <algorithm>
#include <vector>

namespace farthing {

namespace {

const std::vector<Difference> &differences()
{
    static const std::string deepseek =
        "the package still has DeepSeek's prices by the hour, which ended in 2025";
    static const std::string mistral = "the package has the price of the model that 'latest' meant before";
    static const std::string priority =
        "the package knows no service tiers; this reply was served at 'priority'";
    static const std::string audio = "the package has no audio price for this model";
    static const std::string completions = "the package has no price for the base completion models";
    static const std::string gateway =
        "a gateway's call is priced at the vendor's list price; the package has the gateway's own, or none";
    static const std::string twice =
        "tokens reported as read and as written count as read; the package refuses them";
    static const std::string zai = "the package knows this service's newer models only";
    static const std::string host = "hosts models at its own prices, which the table does not have";
    static const std::string experimental =
        "was free of charge as an experiment; the package gives it the price of its successor";
    static const std::string retired = "the package has the model without a price, and says 0";
    static const std::vector<Difference> all{
        {"deepseek", "deepseek-chat", "", false, deepseek,
         HandPrices{.input = 280, .cached = 28, .output = 420}},
        {"deepseek", "deepseek-reasoner", "", false, deepseek,
         HandPrices{.input = 280, .cached = 28, .output = 420}},
        // No list has a price for cached input of this model: it counts as input.
        {"mistral", "mistral-large-latest", "", false, mistral,
         HandPrices{.input = 500, .cached = 500, .output = 1'500}},
        {"mistral", "mistral-small-latest", "", false, mistral, HandPrices{.input = 60, .output = 180}},
        {"openai", "gpt-5-2025-08-07", "priority", false, priority,
         HandPrices{.input = 2'500, .cached = 250, .output = 20'000}},
        {"openai", "gpt-4o-audio-preview-2024-12-17", "", false, audio,
         HandPrices{.input = 2'500, .output = 10'000, .audio = 40'000}},
        {"openai", "davinci-002", "", false, completions, HandPrices{.input = 2'000, .output = 2'000}},
        {"openai", "davinci:2023-07-21-v2", "", false, completions,
         HandPrices{.input = 2'000, .output = 2'000}},
        {"openrouter", "google/gemini-2.5-flash", "", true, twice,
         HandPrices{.input = 300, .cached = 30, .write5m = 300, .output = 2'500}},
        {"openrouter", "deepseek/deepseek-chat", "", false, gateway, HandPrices{.input = 280, .output = 420}},
        {"openrouter", "mistralai/mistral-small", "", false, gateway,
         HandPrices{.input = 100, .output = 300}},
        {"openrouter", "openai/gpt-5.6-sol", "", false, gateway,
         HandPrices{.input = 4'000, .write5m = 5'000, .output = 20'000}},
        {"openrouter", "x-ai/grok-4", "", false, gateway,
         HandPrices{.input = 3'000, .cached = 750, .output = 15'000}},
        {"openrouter", "z-ai/glm-4.6", "", false, gateway, HandPrices{.input = 600, .output = 2'200}},
        {"zai", "glm-4.7", "", false, zai, HandPrices{.input = 600, .cached = 110, .output = 2'200}},
        {"bedrock-mantle", "", "", false, host, {}},
        {"huggingface", "", "", false, host, {}},
        {"together", "", "", false, host, {}},
        {"cerebras", "qwen-3-coder-480b", "", false, retired, {}},
        {"gemini", "gemini-2.0-flash-exp", "", false, experimental, {}},
    };
    return all;
}

} // namespace

const Difference *differenceFor(const CostEvent &event)
{
    const std::string &model = event.responseModel.empty() ? event.requestModel : event.responseModel;
    const bool overlapping = event.usage.cachedInput + event.usage.cacheWrite5m > event.usage.input;
    const auto &all = differences();
    const auto it = std::find_if(all.begin(), all.end(), [&](const Difference &difference) {
        return difference.provider == event.provider &&
               (difference.model.empty() || difference.model == model) &&
               (difference.serviceTier.empty() || difference.serviceTier == event.serviceTier) &&
               difference.readAndWritten == overlapping;
    });
    return it == all.end() ? nullptr : &*it;
}

std::int64_t byHand(const HandPrices &prices, const TokenUsage &usage)
{
    const std::int64_t written = std::min(usage.cacheWrite5m, usage.input - usage.cachedInput);
    const std::int64_t plain = usage.input - usage.cachedInput - written - usage.inputAudio;
    return plain * prices.input + usage.cachedInput * prices.cached + written * prices.write5m +
           usage.inputAudio * prices.audio + usage.output * prices.output;
}

} // namespace farthing
