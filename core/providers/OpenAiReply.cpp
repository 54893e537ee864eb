// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/OpenAiReply.h"

#include "core/providers/ReplyReader.h"

#include <algorithm>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

void readInputDetails(JsonReader::Value &details, TokenUsage &usage)
{
    forEachField(details, [&](std::string_view key, JsonReader::Value value) {
        if (key == "cached_tokens")
            usage.cachedInput = std::max(usage.cachedInput, countOf(value));
        else if (key == "cache_write_tokens")
            usage.cacheWrite5m = countOf(value);
        else if (key == "audio_tokens")
            usage.inputAudio = countOf(value);
    });
}

void readOutputDetails(JsonReader::Value &details, TokenUsage &usage)
{
    forEachField(details, [&](std::string_view key, JsonReader::Value value) {
        if (key == "reasoning_tokens")
            usage.reasoning = countOf(value);
        else if (key == "audio_tokens")
            usage.outputAudio = countOf(value);
    });
}

class OpenAiReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        bool choices = false;
        bool sawUsage = false;
        bool isReply = false;
        std::string said;
        forEachField(root, [&](std::string_view key, JsonReader::Value value) {
            isReply = isReply || key == "choices" || key == "usage";
            if (key == "choices") {
                forEachItem(value, [&](JsonReader::Value choice) {
                    choices = true;
                    m_textBytes += textBytesOf(choice);
                });
            } else if (key == "usage") {
                sawUsage = typeOf(value) == json_type::object;
                mergeUsage(value);
            } else if (key == "x_groq") {
                sawUsage = readGroq(value) || sawUsage;
            } else if (key == "model") {
                keep(m_model, value);
            } else if (key == "service_tier") {
                keep(m_serviceTier, value);
            } else if (key == "error") {
                readError(value);
            } else if (key == "message" || key == "detail") {
                keep(said, value);
            }
        });
        judge(isReply, std::move(said));
        // Upstreams exist that send no [DONE]. The chunk with the usage is the last for most, and some send
        // what it is so far every now and then.
        m_toldUsage = sawUsage || (m_toldUsage && !choices);
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        report.usage = readOpenAiUsage(usage);
    }

private:
    /// Mistral and FastAPI servers say an error without a wrapper. But a stream that goes on after such a
    /// word, a keep-alive's for instance, did not fail.
    void judge(bool isReply, std::string said)
    {
        if (isReply && m_onlySaid) {
            m_failed = m_onlySaid = false;
            m_error.clear();
        } else if (!isReply && !said.empty() && !m_failed) {
            m_failed = m_onlySaid = true;
            m_error = std::move(said);
        }
    }

    /// Groq reports a stream's usage here, whether asked or not. Whether it does.
    bool readGroq(JsonReader::Value &value)
    {
        bool sawUsage = false;
        forEachField(value, [&](std::string_view key, JsonReader::Value field) {
            if (key == "usage") {
                sawUsage = typeOf(field) == json_type::object;
                mergeUsage(field);
            } else if (key == "error") {
                readError(field);
            }
        });
        return sawUsage;
    }

    bool m_onlySaid = false;
};

} // namespace

TokenUsage readOpenAiUsage(JsonReader::Object &usage)
{
    TokenUsage result;
    std::int64_t total = 0;
    forEachField(usage, [&](std::string_view key, JsonReader::Value value) {
        if (key == "prompt_tokens" || key == "input_tokens")
            result.input = countOf(value);
        else if (key == "completion_tokens" || key == "output_tokens")
            result.output = countOf(value);
        else if (key == "total_tokens")
            total = countOf(value);
        else if (key == "prompt_tokens_details" || key == "input_tokens_details" ||
                 key == "input_token_details")
            readInputDetails(value, result);
        else if (key == "completion_tokens_details" || key == "output_tokens_details" ||
                 key == "output_token_details")
            readOutputDetails(value, result);
        else if (key == "prompt_cache_hit_tokens" || key == "num_cached_tokens" || key == "cached_tokens")
            result.cachedInput = std::max(result.cachedInput, countOf(value));
        else if (key == "server_tool_use_details" || key == "server_tool_use")
            forEachField(value, [&](std::string_view name, JsonReader::Value count) {
                if (name == "web_search_requests")
                    result.serverToolCalls = countOf(count);
            });
    });
    if (result.input == 0 && result.output == 0) {
        result.input = total;
    } else if (const std::int64_t hidden = total - result.input - result.output; hidden > 0) {
        result.output += hidden;
        result.reasoning = std::max(result.reasoning, hidden);
    }
    return result;
}

std::unique_ptr<ReplyReader> makeOpenAiReplyReader()
{
    return std::make_unique<OpenAiReplyReader>();
}

} // namespace farthing
