// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Json.h"
#include "app/sim/LatencyProfile.h"
#include "app/sim/Prompt.h"
#include "app/sim/PromptCache.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace farthing::sim {

struct ToolSpec
{
    std::string name;
    Json schema; ///< JSON Schema of its arguments
};

enum class ToolChoice : std::uint8_t { Auto, None, Required, Named };

/// How the provider of this call caches prompts.
enum class CacheKind : std::uint8_t { Off, Automatic, Breakpoints };

/// A request of any wire, once its own spelling is gone.
struct ModelCall
{
    std::string model;
    std::string apiKey;
    std::string cacheKey; ///< OpenAI `prompt_cache_key`: calls with different ones do not meet the same cache
    std::vector<PromptBlock> prompt;
    CacheKind cache = CacheKind::Off;
    std::int64_t cacheMinimum = 1024; ///< tokens
    bool stream = false;
    std::optional<std::int64_t> maxTokens;
    std::optional<std::int64_t>
        wantedTokens; ///< header `X-Sim-Output-Tokens`: what a trace says was answered
    int choices = 1;
    std::vector<ToolSpec> tools;
    ToolChoice toolChoice = ToolChoice::Auto;
    std::string namedTool;
    std::string lastUserText; ///< empty where the prompt does not end with the user's own words
    bool jsonOutput = false;
    Json jsonSchema;                 ///< null: any object
    std::int64_t thinkingMedian = 0; ///< tokens; 0: the model does not reason
    bool showThinking = false;
};

struct ToolCall
{
    std::string id; ///< without the provider's prefix
    std::string name;
    std::string arguments; ///< JSON
};

struct Choice
{
    std::string thinking;
    std::string text;
    std::vector<ToolCall> calls;
    bool cut = false; ///< `maxTokens` ended it
};

struct ModelAnswer
{
    std::string id; ///< 24 letters and digits, without the provider's prefix
    std::vector<Choice> choices;
    std::int64_t inputTokens = 0; ///< all of it
    CacheUse cache;
    std::int64_t outputTokens = 0; ///< all of it, reasoning included
    std::int64_t reasoningTokens = 0;
    std::int64_t createdS = 0; ///< Unix seconds

    [[nodiscard]] Work work() const { return {inputTokens - cache.read, outputTokens}; }
};

} // namespace farthing::sim
