// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/pricing/ModelName.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace farthing {

namespace {

using Providers = std::array<std::string_view, 3>;

/// Upstreams, gateways' vendor prefixes and other tables' provider names, beside the providers whose prices
/// apply.
constexpr std::pair<std::string_view, Providers> providerNames[] = {
    {"openai", {"openai"}},
    {"text-completion-openai", {"openai"}},
    {"azure", {"azure", "openai"}},
    {"azure-openai", {"azure", "openai"}},
    {"azure_openai", {"azure", "openai"}},
    {"azure_ai", {"azure_ai", "azure", "openai"}},
    {"anthropic", {"anthropic"}},
    {"claude", {"anthropic"}},
    {"gemini", {"google"}},
    {"google", {"google"}},
    {"google-ai-studio", {"google"}},
    {"vertex", {"vertex", "google", "anthropic"}},
    {"vertex-ai", {"vertex", "google", "anthropic"}},
    {"vertex_ai", {"vertex", "google", "anthropic"}},
    {"vertexai", {"vertex", "google", "anthropic"}},
    {"google-vertex", {"vertex", "google", "anthropic"}},
    {"bedrock", {"bedrock"}},
    {"amazon-bedrock", {"bedrock"}},
    {"bedrock-mantle", {"bedrock"}},
    {"bedrock_mantle", {"bedrock"}},
    {"aws", {"bedrock"}},
    {"groq", {"groq"}},
    {"mistral", {"mistral"}},
    {"mistralai", {"mistral"}},
    {"codestral", {"mistral"}},
    {"deepseek", {"deepseek"}},
    {"xai", {"xai"}},
    {"x-ai", {"xai"}},
    {"grok", {"xai"}},
    {"cohere", {"cohere"}},
    {"cohere_chat", {"cohere"}},
    {"perplexity", {"perplexity"}},
    {"voyage", {"voyage"}},
    {"voyageai", {"voyage"}},
    {"cerebras", {"cerebras"}},
    {"moonshot", {"moonshotai"}},
    {"moonshotai", {"moonshotai"}},
    {"kimi", {"moonshotai"}},
    {"zai", {"zai", "zhipuai"}},
    {"z-ai", {"zai", "zhipuai"}},
    {"z.ai", {"zai", "zhipuai"}},
    {"zhipuai", {"zhipuai"}},
    {"zhipu", {"zhipuai"}},
    {"openrouter", {"openrouter"}},
};

constexpr std::string_view hosts[] = {
    "bedrock",    "amazon-bedrock", "bedrock-mantle", "bedrock_mantle", "aws",    "cerebras",
    "cloudflare", "deepinfra",      "fireworks",      "fireworks_ai",   "groq",   "huggingface",
    "hyperbolic", "llamacpp",       "lmstudio",       "nebius",         "novita", "ollama",
    "sambanova",  "together",       "together_ai",    "vllm",
};

constexpr std::string_view makers[] = {
    "anthropic", "cohere",     "deepseek", "google", "mistral", "moonshotai",
    "openai",    "perplexity", "voyage",   "xai",    "zai",     "zhipuai",
};

std::string lowerCase(std::string_view text)
{
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lowered;
}

bool digits(std::string_view s)
{
    return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number(std::string_view s)
{
    int value = 0;
    for (const char c : s)
        value = value * 10 + (c - '0');
    return value;
}

bool year(std::string_view s)
{
    return s.size() == 4 && digits(s) && number(s) >= 2020 && number(s) < 2100;
}
bool month(std::string_view s)
{
    return s.size() == 2 && digits(s) && number(s) >= 1 && number(s) <= 12;
}
bool day(std::string_view s)
{
    return s.size() == 2 && digits(s) && number(s) >= 1 && number(s) <= 31;
}

bool compactDate(std::string_view s)
{
    return s.size() == 8 && year(s.substr(0, 4)) && month(s.substr(4, 2)) && day(s.substr(6, 2));
}

/// The last `length` characters where `separator` stands before them, otherwise nothing.
std::string_view tail(std::string_view name, char separator, std::size_t length)
{
    return name.size() > length + 1 && name[name.size() - length - 1] == separator
               ? name.substr(name.size() - length)
               : std::string_view();
}

bool longDate(std::string_view s)
{
    return s.size() == 10 && s[4] == '-' && s[7] == '-' && year(s.substr(0, 4)) && month(s.substr(5, 2)) &&
           day(s.substr(8, 2));
}

/// "05-20" (month, day) or "09-2025" (month, year): too easily something else, so only behind a preview.
bool shortDate(std::string_view s)
{
    return s.size() > 4 && s[2] == '-' && month(s.substr(0, 2)) && (day(s.substr(3)) || year(s.substr(3)));
}

} // namespace

std::span<const std::string_view> priceProvidersOf(std::string_view name)
{
    for (const auto &[known, providers] : providerNames)
        if (known == name) {
            const auto end = std::find(providers.begin(), providers.end(), std::string_view());
            return {providers.data(), static_cast<std::size_t>(end - providers.begin())};
        }
    return {};
}

std::string priceProviderOf(std::string_view name)
{
    std::string lowered = lowerCase(name);
    const auto known = priceProvidersOf(lowered);
    return known.empty() ? lowered : std::string(known.front());
}

bool sellsAtItsOwnPrices(std::string_view name)
{
    return std::find(std::begin(hosts), std::end(hosts), name) != std::end(hosts);
}

bool isMakerOf(std::string_view provider, std::string_view model)
{
    const bool resold = provider == "google" && model.starts_with("claude"); // on Vertex AI
    return !resold && std::find(std::begin(makers), std::end(makers), provider) != std::end(makers);
}

ModelName splitModelName(std::string_view model)
{
    ModelName result;
    std::string name = lowerCase(model);

    if (const std::size_t publisher = name.rfind("publishers/"); publisher != std::string::npos) {
        const std::size_t begin = publisher + std::string_view("publishers/").size();
        if (const std::size_t end = name.find("/models/", begin); end != std::string::npos) {
            result.vendor = name.substr(begin, end - begin);
            result.bare = name.substr(end + std::string_view("/models/").size());
            result.name = result.bare;
            return result;
        }
    }
    if (name.starts_with("arn:"))
        for (const std::string_view folder : {":inference-profile/", ":foundation-model/"})
            if (const std::size_t at = name.find(folder); at != std::string::npos)
                name.erase(0, at + folder.size());
    if (name.starts_with("models/"))
        name.erase(0, std::string_view("models/").size());
    if (name.starts_with("ft:"))
        name.erase(std::min(name.find(':', 3), name.size()));
    if (const std::size_t tuned = name.find(".ft-"); tuned != std::string::npos)
        name.erase(tuned + std::string_view(".ft-").size());

    if (const std::size_t slash = name.rfind('/'); slash != std::string::npos && slash > 0) {
        const std::size_t before = name.rfind('/', slash - 1);
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        result.vendor = name.substr(begin, slash - begin);
        result.bare = name.substr(slash + 1);
    }
    result.name = std::move(name);
    return result;
}

std::vector<std::string> datedPrefixes(std::string_view name)
{
    std::vector<std::string> prefixes;
    const auto drop = [&](std::size_t length) {
        prefixes.emplace_back(name.substr(0, name.size() - length));
    };

    if (const std::size_t at = name.rfind('@'); at != std::string_view::npos && at > 0) {
        const std::string_view suffix = name.substr(at + 1);
        if (compactDate(suffix)) {
            prefixes.push_back(std::string(name.substr(0, at)) + '-' + std::string(suffix));
            drop(suffix.size() + 1);
        } else if (suffix == "latest" || suffix == "default") {
            drop(suffix.size() + 1);
        }
        return prefixes;
    }
    if (longDate(tail(name, '-', 10)))
        drop(11);
    else if (compactDate(tail(name, '-', 8)))
        drop(9);
    else
        for (const std::size_t length : {std::size_t(5), std::size_t(7)}) {
            const std::string_view before = name.substr(0, name.size() - std::min(name.size(), length + 1));
            if (shortDate(tail(name, '-', length)) &&
                (before.ends_with("-preview") || before.ends_with("-exp")))
                drop(length + 1);
        }
    for (const std::string_view word : {"-preview", "-exp"})
        if (!prefixes.empty() && prefixes.back().ends_with(word))
            prefixes.push_back(prefixes.back().substr(0, prefixes.back().size() - word.size()));
    return prefixes;
}

} // namespace farthing
