// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing::sim {

/// How long a provider keeps a cached prefix that nobody uses.
enum class CacheLife : std::uint8_t { FiveMinutes, OneHour };

/// A piece of the prompt, in the order in which the provider reads it: tools, system, messages.
struct PromptBlock
{
    std::string role; ///< part of the prefix, but no tokens of its own
    std::string text = {};
    std::int64_t extraTokens = 0;                       ///< framing of a message, images, files
    std::optional<CacheLife> breakpoint = std::nullopt; ///< Anthropic `cache_control` on this block
};

/// Every place where a prefix of the prompt may be cached, with the hash of all that precedes it.
struct PrefixMark
{
    std::uint64_t hash = 0;
    std::int64_t tokens = 0;
};

/// The prompt as the cache sees it.
struct PromptMap
{
    std::int64_t tokens = 0;
    std::uint64_t hash = 0;
    std::vector<PrefixMark> steps;  ///< after every 128 tokens
    std::vector<PrefixMark> blocks; ///< after each block
};

/// The step at which automatic caches count (OpenAI, "Prompt caching": 1,024 tokens, then increments of 128).
constexpr std::int64_t kCacheStep = 128;

/// Reads the blocks once. `scope` separates what must never share a prefix: API keys, models, cache keys.
PromptMap mapPrompt(const std::vector<PromptBlock> &blocks, std::string_view scope);

} // namespace farthing::sim
