// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/AnthropicReply.h"

#include <algorithm>

namespace farthing {

namespace {

/// More models than any call runs on; further ones count to the first.
constexpr std::size_t maxParts = 32;

/// The token counts that a usage object and each of its iterations share. Anthropic's input excludes what was
/// read from and written to the cache; a write without the split by lifetime counts as 5 m.
class Counts
{
public:
    bool take(std::string_view key, JsonReader::Value &value)
    {
        if (key == "input_tokens")
            m_uncached = countOf(value);
        else if (key == "output_tokens")
            m_output = countOf(value);
        else if (key == "cache_read_input_tokens")
            m_read = countOf(value);
        else if (key == "cache_creation_input_tokens")
            m_written = countOf(value);
        else if (key == "cache_creation")
            forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                if (name == "ephemeral_5m_input_tokens")
                    m_written5m = countOf(field);
                else if (name == "ephemeral_1h_input_tokens")
                    m_written1h = countOf(field);
            });
        else
            return false;
        return true;
    }

    [[nodiscard]] TokenUsage usage() const
    {
        // The split comes in message_start only, the cumulative sum may have grown since; some hosts send the
        // split alone.
        const std::int64_t written = std::max(m_written, m_written5m + m_written1h);
        TokenUsage usage;
        usage.input = m_uncached + m_read + written;
        usage.cachedInput = m_read;
        usage.cacheWrite1h = m_written1h;
        usage.cacheWrite5m = written - m_written1h;
        usage.output = m_output;
        return usage;
    }

private:
    std::int64_t m_uncached = 0;
    std::int64_t m_read = 0;
    std::int64_t m_written = 0;
    std::int64_t m_written5m = 0;
    std::int64_t m_written1h = 0;
    std::int64_t m_output = 0;
};

/// What really ran, one part for each model: a top-level usage leaves compaction and advisors out.
void readIterations(JsonReader::Value &value, std::string_view answered, std::vector<UsagePart> &parts)
{
    forEachItem(value, [&](JsonReader::Value item) {
        Counts counts;
        std::string model;
        forEachField(item, [&](std::string_view key, JsonReader::Value field) {
            if (!counts.take(key, field) && key == "model")
                model = stringOf(field);
        });
        if (model == answered)
            model.clear();
        const auto known = std::find_if(parts.begin(), parts.end(),
                                        [&](const UsagePart &part) { return part.model == model; });
        if (known != parts.end())
            known->usage += counts.usage();
        else if (parts.size() < maxParts)
            parts.push_back({model, counts.usage()});
        else
            parts.front().usage += counts.usage();
    });
}

/// Messages of the Anthropic API: one message as the body, or a stream whose message_start and message_delta
/// events carry usage, the latter cumulative (docs.anthropic.com, "Streaming messages").
class AnthropicReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        std::string_view type;
        forEachField(root, [&](std::string_view key, JsonReader::Value value) {
            if (key == "type")
                type = stringOf(value);
            else if (key == "message")
                forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                    readMember(name, field);
                });
            else
                readMember(key, value);
        });
        m_ended = m_ended || type == "message_stop";
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        readAnthropicUsage(usage, m_model, report);
    }

private:
    void readMember(std::string_view key, JsonReader::Value &value)
    {
        if (key == "usage")
            mergeUsage(value);
        else if (key == "model")
            keep(m_model, value);
        else if (key == "delta" || key == "content")
            m_textBytes += textBytesOf(value);
        else if (key == "error")
            readError(value);
    }
};

} // namespace

void readAnthropicUsage(JsonReader::Object &usage, std::string_view model, UsageReport &report)
{
    Counts top;
    std::int64_t thinking = 0;
    std::int64_t searches = 0;
    std::vector<UsagePart> parts;
    forEachField(usage, [&](std::string_view key, JsonReader::Value value) {
        if (top.take(key, value))
            return;
        if (key == "output_tokens_details")
            forEachField(value, [&](std::string_view name, JsonReader::Value field) {
                if (name == "thinking_tokens")
                    thinking = countOf(field);
            });
        else if (key == "server_tool_use") // fetches carry no fee of their own
            forEachField(value, [&](std::string_view name, JsonReader::Value field) {
                if (name == "web_search_requests")
                    searches = countOf(field);
            });
        else if (key == "service_tier")
            report.serviceTier = stringOf(value);
        else if (key == "iterations")
            readIterations(value, model, parts);
    });
    if (parts.empty())
        parts.push_back({{}, top.usage()});

    // Thinking and searches are reported for the call: they belong to the model that answered it.
    const auto own =
        std::find_if(parts.begin(), parts.end(), [](const UsagePart &p) { return p.model.empty(); });
    UsagePart &main = own == parts.end() ? parts.front() : *own;
    main.usage.reasoning = thinking;
    main.usage.serverToolCalls = searches;
    for (UsagePart &part : parts) {
        clampUsage(part.usage);
        report.usage += part.usage;
    }
    if (parts.size() > 1)
        report.parts = std::move(parts);
}

std::unique_ptr<ReplyReader> makeAnthropicReplyReader()
{
    return std::make_unique<AnthropicReplyReader>();
}

} // namespace farthing
