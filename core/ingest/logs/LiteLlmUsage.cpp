// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/LiteLlmUsage.h"

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

void atLeast(std::int64_t &count, JsonReader::Value &value)
{
    count = std::max(count, countOf(value));
}

/// Calls `onField` for each member where the value is an object.
template <class OnField>
void forEachPart(JsonReader::Value &value, OnField onField)
{
    if (typeOf(value) == json_type::object)
        forEachField(value, onField);
}

} // namespace

void LiteLlmUsage::read(JsonReader::Object &usage)
{
    const auto lifetimes = [this](std::string_view name, JsonReader::Value part) {
        if (name == "ephemeral_1h_input_tokens")
            atLeast(written1h, part);
    };
    const auto inputPart = [&](std::string_view name, JsonReader::Value part) {
        if (name == "cached_tokens") {
            atLeast(cached, part);
        } else if (name == "cache_creation_tokens" || name == "cache_write_tokens") {
            countsWritten = countsWritten || typeOf(part) == json_type::number;
            atLeast(written, part);
        } else if (name == "cache_creation_token_details") {
            forEachPart(part, lifetimes);
        } else if (name == "audio_tokens") {
            atLeast(inputAudio, part);
        }
    };
    const auto outputPart = [this](std::string_view name, JsonReader::Value part) {
        if (name == "reasoning_tokens")
            atLeast(reasoning, part);
        else if (name == "audio_tokens")
            atLeast(outputAudio, part);
    };
    const auto tools = [this](std::string_view name, JsonReader::Value part) {
        if (name == "web_search_requests")
            atLeast(searches, part);
    };
    forEachField(usage, [&](std::string_view key, JsonReader::Value value) {
        if (key == "prompt_tokens_details") {
            hasInputParts = hasInputParts || typeOf(value) == json_type::object;
            forEachPart(value, inputPart);
        } else if (key == "cache_read_input_tokens") {
            atLeast(cached, value);
        } else if (key == "cache_creation_input_tokens") {
            atLeast(written, value);
        } else if (key == "cache_creation") {
            forEachPart(value, lifetimes);
        } else if (key == "completion_tokens_details") {
            forEachPart(value, outputPart);
        } else if (key == "server_tool_use") {
            forEachPart(value, tools);
        }
    });
}

void LiteLlmUsage::addTo(TokenUsage &usage) const
{
    if (cached > usage.input)
        usage.input += cached + written;
    else if (cached + written > usage.input || (hasInputParts && !countsWritten))
        usage.input += written;
    usage.cachedInput = cached;
    usage.cacheWrite1h = std::min(written1h, written);
    usage.cacheWrite5m = written - usage.cacheWrite1h;
    usage.inputAudio = std::min(inputAudio, usage.input);
    usage.outputAudio = std::min(outputAudio, usage.output);
    usage.reasoning = std::min(reasoning, usage.output - usage.outputAudio);
    usage.serverToolCalls = searches;
}

} // namespace farthing
