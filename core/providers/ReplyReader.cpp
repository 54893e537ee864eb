// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/ReplyReader.h"

#include "core/model/EventLimits.h"

#include <algorithm>
#include <array>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

constexpr int maxTextDepth = 8;

constexpr std::array<std::string_view, 18> textNames = {
    "content",      "text",     "reasoning_content", "reasoning",  "refusal",          "arguments",
    "partial_json", "thinking", "transcript",        "code",       "summary",          "delta",
    "message",      "output",   "tool_plan",         "outputText", "reasoningContent", "reasoningText",
};
/// Containers on the way to text, and values that count whole because they are arguments spelled as JSON.
constexpr std::array<std::string_view, 8> containerNames = {
    "tool_calls", "function", "parts", "functionCall", "executableCode", "audio", "toolUse", "data"};
constexpr std::array<std::string_view, 2> rawNames = {"input", "args"};

bool contains(const auto &names, std::string_view name)
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A usage object without a single number, such as {}, reports nothing. Cohere's numbers lie one level down.
template <class ObjectOrValue>
bool holdsACount(ObjectOrValue &usage, int depth = 0)
{
    bool found = false;
    forEachField(usage, [&](std::string_view, JsonReader::Value value) {
        found = found || typeOf(value) == json_type::number ||
                (depth == 0 && typeOf(value) == json_type::object && holdsACount(value, depth + 1));
    });
    return found;
}

class ErrorReplyReader final : public ReplyReader
{
public:
    void read(JsonReader::Object &root) override
    {
        forEachField(root, [this](std::string_view key, JsonReader::Value value) {
            if (key == "error")
                readError(value);
        });
    }

protected:
    void convert(JsonReader::Object &, UsageReport &) const override {}
};

} // namespace

UsageReport ReplyReader::report() const
{
    UsageReport report;
    report.responseModel = m_model;
    report.serviceTier = m_serviceTier;
    report.error = m_error;
    report.failed = m_failed;
    report.pending = m_pending;
    report.background = m_saysBackground;
    report.responseId = m_responseId;
    report.outputTextBytes = m_textBytes;
    report.rawUsage = m_usage.json();
    thread_local JsonReader reader;
    JsonReader::Object usage;
    if (!m_usage.empty() && reader.open(m_usage.json(), usage)) {
        report.reported = holdsACount(usage);
        reader.open(m_usage.json(), usage);
        convert(usage, report);
        report.usage.serverToolCalls = std::max(report.usage.serverToolCalls, m_toolCalls);
        clampUsage(report.usage);
    }
    return report;
}

void ReplyReader::mergeUsage(JsonReader::Value &value)
{
    if (typeOf(value) == json_type::object)
        m_usage.merge(rawOf(value));
}

void ReplyReader::readError(JsonReader::Value &value)
{
    std::string message;
    std::string code;
    std::string kind;
    if (typeOf(value) == json_type::object)
        forEachField(value, [&](std::string_view key, JsonReader::Value field) {
            if (key == "message")
                keep(message, field);
            else if (key == "code")
                keep(code, field);
            else if (key == "type" || key == "status")
                keep(kind, field);
        });
    else
        keep(message, value);
    if (code.empty())
        code = kind;
    fail(code, message);
}

void ReplyReader::fail(std::string_view code, std::string_view message)
{
    if (message.empty() && code.empty())
        return;
    m_failed = true;
    m_error = code;
    m_error.append(code.empty() || message.empty() ? "" : ": ").append(message);
}

void ReplyReader::keep(std::string &target, JsonReader::Value &value)
{
    const std::string_view text = stringOf(value);
    if (!text.empty() && text != target)
        target = text;
}

std::int64_t textBytesOf(JsonReader::Value &value, int depth)
{
    if (depth > maxTextDepth)
        return 0;
    std::int64_t bytes = 0;
    switch (typeOf(value)) {
    case json_type::string:
        return static_cast<std::int64_t>(stringOf(value).size());
    case json_type::array:
        forEachItem(value, [&](JsonReader::Value item) { bytes += textBytesOf(item, depth + 1); });
        return bytes;
    case json_type::object:
        forEachField(value, [&](std::string_view key, JsonReader::Value field) {
            if (contains(textNames, key)) {
                bytes += textBytesOf(field, depth + 1);
            } else if (contains(rawNames, key)) {
                bytes += typeOf(field) == json_type::string
                             ? static_cast<std::int64_t>(stringOf(field).size())
                             : static_cast<std::int64_t>(rawOf(field).size());
            } else if (contains(containerNames, key) && typeOf(field) != json_type::string) {
                bytes += textBytesOf(field, depth + 1);
            }
        });
        return bytes;
    default:
        return 0;
    }
}

void clampUsage(TokenUsage &usage)
{
    const auto bound = [](std::int64_t &part, std::int64_t whole) {
        part = std::clamp<std::int64_t>(part, 0, whole);
    };
    bound(usage.input, mostTokens);
    bound(usage.cachedInput, usage.input);
    bound(usage.cacheWrite1h, usage.input - usage.cachedInput);
    bound(usage.cacheWrite5m, usage.input - usage.cachedInput - usage.cacheWrite1h);
    bound(usage.inputAudio, usage.input);
    bound(usage.output, mostTokens);
    bound(usage.reasoning, usage.output);
    bound(usage.outputAudio, usage.output - usage.reasoning);
    bound(usage.serverToolCalls, mostTokens);
}

std::unique_ptr<ReplyReader> makeErrorReplyReader()
{
    return std::make_unique<ErrorReplyReader>();
}

} // namespace farthing
