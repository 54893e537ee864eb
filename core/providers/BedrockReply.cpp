// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/AnthropicReply.h"
#include "core/providers/OpenAiReply.h"

#include <algorithm>
#include <array>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

/// Beside the usage object: what some families count in the reply itself (Llama, Titan).
constexpr std::array<std::string_view, 4> countMembers = {"prompt_token_count", "generation_token_count",
                                                          "inputTextTokenCount", "totalOutputTextTokenCount"};
/// Where the families put what they generate; Cohere's, AI21's and Mistral's own forms among them.
constexpr std::array<std::string_view, 12> textMembers = {
    "output",     "delta",   "contentBlockDelta", "content",     "generation", "outputText",
    "completion", "outputs", "completions",       "generations", "choices",    "text"};

/// One count under several names; where they differ, the first of the names holds.
template <std::size_t N>
class NamedCount
{
public:
    explicit NamedCount(const std::array<std::string_view, N> &names)
        : m_names(names)
    {}
    bool take(std::string_view key, JsonReader::Value &value)
    {
        const auto found = std::find(m_names.begin(), m_names.end(), key);
        const auto rank = static_cast<std::size_t>(found - m_names.begin());
        if (found == m_names.end() || typeOf(value) != json_type::number)
            return false;
        if (rank <= m_rank) {
            m_rank = rank;
            m_count = countOf(value);
        }
        return true;
    }
    [[nodiscard]] std::int64_t count() const { return m_count; }

private:
    const std::array<std::string_view, N> &m_names;
    std::size_t m_rank = N;
    std::int64_t m_count = 0;
};

// From the most to the least detailed: the body's usage, the invocation's metrics, the headers, the family's.
constexpr std::array<std::string_view, 5> inputNames = {"inputTokens", "inputTokenCount",
                                                        "x-amzn-bedrock-input-token-count",
                                                        "prompt_token_count", "inputTextTokenCount"};
constexpr std::array<std::string_view, 6> outputNames = {
    "outputTokens",           "outputTokenCount",          "x-amzn-bedrock-output-token-count",
    "generation_token_count", "totalOutputTextTokenCount", "tokenCount"};
constexpr std::array<std::string_view, 3> readNames = {"cacheReadInputTokens", "cacheReadInputTokenCount",
                                                       "x-amzn-bedrock-cache-read-input-token-count"};
constexpr std::array<std::string_view, 3> writeNames = {"cacheWriteInputTokens", "cacheWriteInputTokenCount",
                                                        "x-amzn-bedrock-cache-write-input-token-count"};

/// Of a list of {"inputTokens", "ttl"}, those written for an hour.
std::int64_t writtenForAnHour(JsonReader::Value &details)
{
    std::int64_t sum = 0;
    forEachItem(details, [&sum](JsonReader::Value item) {
        std::int64_t tokens = 0;
        bool hour = false;
        forEachField(item, [&](std::string_view key, JsonReader::Value value) {
            if (key == "inputTokens")
                tokens = countOf(value);
            else if (key == "ttl")
                hour = stringOf(value) == "1h";
        });
        sum += hour ? tokens : 0;
    });
    return sum;
}

/// Bedrock's own counts leave out of the input what was read from and written to the cache.
TokenUsage readBedrockUsage(JsonReader::Object &usage)
{
    NamedCount input(inputNames);
    NamedCount output(outputNames);
    NamedCount read(readNames);
    NamedCount written(writeNames);
    TokenUsage result;
    forEachField(usage, [&](std::string_view key, JsonReader::Value value) {
        if (key == "cacheDetails")
            result.cacheWrite1h = writtenForAnHour(value);
        else if (!input.take(key, value) && !output.take(key, value) && !read.take(key, value))
            written.take(key, value);
    });
    result.cachedInput = read.count();
    result.cacheWrite5m = std::max<std::int64_t>(written.count() - result.cacheWrite1h, 0);
    result.input = input.count() + result.cachedInput + result.cacheWrite5m + result.cacheWrite1h;
    result.output = output.count();
    return result;
}

/// Amazon Bedrock's Converse and InvokeModel, streamed or not (API reference, "Amazon Bedrock Runtime").
/// InvokeModel hands on what the model's family says: the forms do not collide, so that one reader serves
/// them all. A body's `model` is the maker's name, without the region and version that the price goes by: the
/// id in the path stays the event's model.
class BedrockReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        forEachField(root, [this](std::string_view key, JsonReader::Value value) { readMember(key, value); });
    }
    void readHeader(std::string_view name, std::string_view value) override
    {
        constexpr std::string_view prefix = "x-amzn-bedrock-";
        std::string lower(name);
        std::ranges::transform(lower, lower.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        const bool isCount = lower.starts_with(prefix) && lower.ends_with("-token-count");
        if (lower == "x-amzn-bedrock-service-tier")
            m_serviceTier = value;
        else if (isCount && !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos)
            mergeCount(lower, value);
    }

protected:
    void convert(JsonReader::Object &usage, UsageReport &report) const override
    {
        std::string_view input;
        std::string_view output;
        std::string_view prompt;
        if (!peekMember(usage, "input_tokens", input) || !peekMember(usage, "output_tokens", output) ||
            !peekMember(usage, "prompt_tokens", prompt))
            return;
        if (!input.empty() || !output.empty())
            readAnthropicUsage(usage, m_makersModel, report);
        else if (!prompt.empty())
            report.usage = readOpenAiUsage(usage);
        else
            report.usage = readBedrockUsage(usage);
    }

private:
    void readMember(std::string_view key, JsonReader::Value &value)
    {
        const auto isIn = [key](const auto &names) { return std::ranges::find(names, key) != names.end(); };
        if (key == "usage") {
            mergeUsage(value);
        } else if (key == "metrics" || key == "amazon-bedrock-invocationMetrics") {
            m_toldUsage = true; // Converse sends it beside the usage, InvokeModel with the last event
            if (key != "metrics")
                mergeUsage(value);
        } else if (key == "message" || key == "metadata") {
            // An error's text, Anthropic's message_start, or Nova's last event.
            if (typeOf(value) == json_type::string)
                fail({}, stringOf(value));
            else
                forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                    readMember(name, field);
                });
        } else if (key == "Message") {
            fail({}, stringOf(value));
        } else if (key == "error") {
            readError(value);
        } else if (key == "model") {
            keep(m_makersModel, value);
        } else if (key == "serviceTier") {
            forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                if (name == "type")
                    keep(m_serviceTier, field);
            });
        } else if (key == "results") {
            readResults(value);
        } else if (isIn(countMembers)) {
            if (typeOf(value) == json_type::number)
                mergeCount(key, rawOf(value));
        } else if (isIn(textMembers)) {
            m_textBytes += textBytesOf(value);
        }
    }

    /// Titan's: [{"tokenCount", "outputText"}].
    void readResults(JsonReader::Value &results)
    {
        std::int64_t tokens = 0;
        forEachItem(results, [&](JsonReader::Value result) {
            forEachField(result, [&](std::string_view key, JsonReader::Value value) {
                if (key == "tokenCount")
                    tokens += countOf(value);
                else if (key == "outputText")
                    m_textBytes += textBytesOf(value);
            });
        });
        mergeCount("tokenCount", std::to_string(tokens));
    }

    void mergeCount(std::string_view name, std::string_view digits)
    {
        std::string member = "{\"";
        member.append(name).append("\":").append(digits).append("}");
        m_usage.merge(member);
    }

    std::string m_makersModel;
};

} // namespace

std::unique_ptr<ReplyReader> makeBedrockReplyReader()
{
    return std::make_unique<BedrockReplyReader>();
}

} // namespace farthing
