// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace farthing {

/// What one call consumed, in tokens, by one rule for every provider: `input` is all input and includes the
/// cached, cache-write and audio parts; `output` is all output and includes the reasoning and audio parts.
struct TokenUsage
{
    std::int64_t input = 0;
    std::int64_t cachedInput = 0;
    std::int64_t cacheWrite5m = 0; ///< also what a provider reports written without a lifetime
    std::int64_t cacheWrite1h = 0;
    std::int64_t inputAudio = 0;
    std::int64_t output = 0;
    std::int64_t reasoning = 0;
    std::int64_t outputAudio = 0;
    std::int64_t serverToolCalls = 0; ///< calls, not tokens: web searches and the like, billed by the piece

    bool operator==(const TokenUsage &) const = default;
    TokenUsage &operator+=(const TokenUsage &o)
    {
        input += o.input;
        cachedInput += o.cachedInput;
        cacheWrite5m += o.cacheWrite5m;
        cacheWrite1h += o.cacheWrite1h;
        inputAudio += o.inputAudio;
        output += o.output;
        reasoning += o.reasoning;
        outputAudio += o.outputAudio;
        serverToolCalls += o.serverToolCalls;
        return *this;
    }
};

/// Usage of one model inside a call that ran on several (Anthropic's `usage.iterations` names an advisor's
/// model). An empty model means the one that answered the call.
struct UsagePart
{
    std::string model;
    TokenUsage usage;

    bool operator==(const UsagePart &) const = default;
};

} // namespace farthing
