// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace farthing::sim {

enum class CallStyle : std::uint8_t { Chat, Responses, Embeddings, Messages, Content };
enum class TagStyle : std::uint8_t { Headers, Path, Helicone, None };

/// Median and spread (sigma of the logarithm) of a log-normal number of tokens.
struct TokenSpread
{
    double median;
    double sigma;
};

/// One part of a product's AI traffic, and its habits.
struct Workflow
{
    std::string_view name;
    std::string_view features; ///< separated by commas
    CallStyle style;
    std::string_view model;
    double weight; ///< relative number of calls
    double streamShare;
    TokenSpread input; ///< the whole prompt; medians and p90s after public traces of conversations, code and
                       ///< documents
    TokenSpread output;
    int sharedTokens;  ///< leading part that all its calls have in common
    bool prefixBroken; ///< something that changes (the time) stands before the shared part
    int repeatPercent; ///< share of calls that repeat one of a few prompts
    TagStyle tags;
    int firstHour; ///< of its working day, UTC; a nightly job has its own
    int lastHour;
};

/// The traffic of a sample day: ten workflows over all three wires.
std::span<const Workflow> sampleWorkflows();

} // namespace farthing::sim
