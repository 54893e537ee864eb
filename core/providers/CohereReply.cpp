// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ReplyReader.h"

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

/// What Cohere counts under "billed_units", and under "tokens" with the prompts and tokens of its own that it
/// does not bill.
struct Units
{
    std::int64_t input = 0;
    std::int64_t output = 0;
    std::int64_t searches = 0;
    bool any = false;

    void read(JsonReader::Value &value)
    {
        forEachField(value, [this](std::string_view key, JsonReader::Value field) {
            any = any || typeOf(field) == json_type::number;
            if (key == "input_tokens" || key == "image_tokens")
                input += countOf(field);
            else if (key == "output_tokens")
                output = countOf(field);
            else if (key == "search_units")
                searches = countOf(field);
        });
    }
};

/// Cohere's chat, embed and rerank, version 1 and 2 (docs.cohere.com, "API reference"). Version 1 says its
/// usage as `meta` and ends a stream with the whole reply, version 2 as `usage`, embed and rerank aside.
/// Prices are of the billed units.
class CohereReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        forEachField(root, [this](std::string_view key, JsonReader::Value value) {
            if (key == "type" || key == "event_type")
                m_ended = isEnd(stringOf(value)) || m_ended;
            else if (key == "response") // repeats the text that came piece by piece
                forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                    if (name != "text")
                        readMember(name, field);
                });
            else
                readMember(key, value);
        });
        m_toldUsage = m_ended;
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        Units billed;
        Units tokens;
        std::int64_t cached = 0;
        forEachField(usage, [&](std::string_view key, JsonReader::Value value) {
            if (key == "billed_units")
                billed.read(value);
            else if (key == "tokens")
                tokens.read(value);
            else if (key == "cached_tokens")
                cached = countOf(value);
        });
        const Units &units = billed.any ? billed : tokens;
        report.usage.input = units.input;
        report.usage.output = units.output;
        report.usage.serverToolCalls = units.searches;
        if (!billed.any) // of the billed units nothing says which were cached
            report.usage.cachedInput = cached;
    }

private:
    static bool isEnd(std::string_view type) { return type == "message-end" || type == "stream-end"; }

    void readMember(std::string_view key, JsonReader::Value &value)
    {
        if (key == "usage" || key == "meta") {
            mergeUsage(value);
        } else if (key == "delta") {
            forEachField(value,
                         [this](std::string_view name, JsonReader::Value field) { readMember(name, field); });
        } else if (key == "message" && typeOf(value) == json_type::string) {
            fail({}, stringOf(value));
        } else if (key == "message" || key == "text" || key == "generations" || key == "tool_calls") {
            m_textBytes += textBytesOf(value);
        } else if (key == "error") {
            readError(value);
        } else if (key == "finish_reason") {
            const std::string_view reason = stringOf(value);
            if (reason.starts_with("ERROR") && m_error.empty())
                fail({}, reason);
        }
    }
};

} // namespace

std::unique_ptr<ReplyReader> makeCohereReplyReader()
{
    return std::make_unique<CohereReplyReader>();
}

} // namespace farthing
