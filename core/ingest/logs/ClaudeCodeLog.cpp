// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/ClaudeCodeLog.h"

#include "core/base/FastHash.h"
#include "core/base/TextSearch.h"
#include "core/base/Utf8.h"
#include "core/ingest/ForeignCall.h"
#include "core/model/EventFields.h"
#include "core/model/EventJson.h"
#include "core/providers/AnthropicReply.h"
#include "core/providers/JsonReader.h"

#include <algorithm>
#include <array>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

constexpr std::string_view workflow = "claude-code";
constexpr std::string_view synthetic = "<synthetic>";

/// Where a message was made, by how its maker begins the ids.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> hosts = {
    {{"msg_bdrk_", "bedrock"}, {"msg_vrtx_", "vertex"}}};

std::string_view providerOf(std::string_view messageId)
{
    for (const auto &[prefix, host] : hosts)
        if (messageId.starts_with(prefix))
            return host;
    return "anthropic";
}

/// "/home/me/src/app" or "C:\src\app" is the project "app".
std::string_view folderName(std::string_view path)
{
    while (path.size() > 1 && (path.back() == '/' || path.back() == '\\'))
        path.remove_suffix(1);
    const auto slash = path.find_last_of("/\\");
    return slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1);
}

Result<void> setText(CostEvent &event, std::string_view column, std::string_view text)
{
    const auto set = setField(event, *eventField(column), text);
    return set ? set : set.error().at(std::string(column));
}

} // namespace

struct ClaudeCodeLog::Readers
{
    JsonReader lines;
    JsonReader usages;
};

/// What one line says; views last as long as the line is open.
struct ClaudeCodeLog::Line
{
    std::string_view text;
    std::string_view timestamp;
    std::string_view session;
    std::string_view request;
    std::string_view version;
    std::string_view folder;
    std::string_view ownId;
    std::string_view messageId;
    std::string_view model;
    std::string_view usage; ///< as JSON
    std::string_view cost;  ///< in USD, as transcripts up to version 1.0.8 have it
    Timestamp time;
    UsageReport report;

    bool isWhole = true;

    void readMember(std::string_view key, JsonReader::Value &value);
    void readMessage(JsonReader::Value &value);
    /// Its maker's name for the message, or what stands for one.
    [[nodiscard]] std::string key() const;
    /// Without time and ids.
    [[nodiscard]] Result<CostEvent> event() const;
};

ClaudeCodeLog::ClaudeCodeLog()
    : m_readers(std::make_unique<Readers>())
{}

ClaudeCodeLog::~ClaudeCodeLog() = default;

Result<void> ClaudeCodeLog::take(std::string_view text)
{
    text = trimmed(text, " \t\r");
    if (text.empty())
        return {};
    if (text.front() != '{' || text.back() != '}')
        return Error{"expected a JSON object, found " + excerpt(text)};
    if (!containsText(text, "\"usage\""))
        return {};
    Line line;
    line.text = text;
    if (auto done = read(line); !done || line.usage.empty() || line.model == synthetic)
        return done;
    if (auto done = readUsage(line); !done || line.report.usage == TokenUsage{})
        return done;
    return keep(line);
}

Result<void> ClaudeCodeLog::read(Line &line)
{
    JsonReader::Object root;
    JsonReader &reader = m_readers->lines;
    const bool whole = reader.openPadded(line.text, root) &&
                       forEachField(root, [&line](std::string_view key, JsonReader::Value value) {
                           line.readMember(key, value);
                       });
    return whole && line.isWhole && reader.intact() ? Result<void>() : Error{"is not JSON"};
}

void ClaudeCodeLog::Line::readMember(std::string_view key, JsonReader::Value &value)
{
    if (key == "message")
        readMessage(value);
    else if (key == "timestamp")
        timestamp = stringOf(value);
    else if (key == "sessionId")
        session = stringOf(value);
    else if (key == "requestId")
        request = stringOf(value);
    else if (key == "version")
        version = stringOf(value);
    else if (key == "cwd")
        folder = stringOf(value);
    else if (key == "uuid")
        ownId = stringOf(value);
    else if (key == "costUSD" && typeOf(value) == json_type::number)
        cost = rawOf(value);
}

void ClaudeCodeLog::Line::readMessage(JsonReader::Value &value)
{
    if (typeOf(value) != json_type::object)
        return;
    isWhole = forEachField(value, [this](std::string_view key, JsonReader::Value field) {
        if (key == "id")
            messageId = stringOf(field);
        else if (key == "model")
            model = stringOf(field);
        else if (key == "usage" && typeOf(field) == json_type::object)
            usage = rawOf(field);
    });
}

Result<void> ClaudeCodeLog::readUsage(Line &line)
{
    JsonReader::Object usage;
    if (!m_readers->usages.open(line.usage, usage))
        return Error{"is not JSON", "message.usage"};
    readAnthropicUsage(usage, line.model, line.report);
    if (line.report.usage == TokenUsage{})
        return {};
    const auto time = parseRfc3339(line.timestamp);
    if (!time)
        return Error{line.timestamp.empty() ? "is missing" : time.error().message, "timestamp"};
    line.time = *time;
    return {};
}

std::string ClaudeCodeLog::Line::key() const
{
    if (!messageId.empty())
        return std::string(messageId).append(":").append(request);
    return std::string(ownId.empty() ? text : ownId);
}

Result<CostEvent> ClaudeCodeLog::Line::event() const
{
    CostEvent event;
    event.usage = report.usage;
    event.parts = report.parts;
    event.serviceTier = report.serviceTier;
    event.rawUsage = usage;
    event.usageSource = UsageSource::Provider;
    if (!cost.empty())
        if (auto set = setText(event, "cost_usd", cost); !set)
            return Error{set.error().message, "costUSD"};
    const std::pair<std::string_view, std::string_view> texts[] = {{"request_model", model},
                                                                   {"response_model", model},
                                                                   {"session", session},
                                                                   {"feature", folderName(folder)}};
    for (const auto &[column, given] : texts)
        if (auto set = setText(event, column, given); !set)
            return set.error();
    event.provider = providerOf(messageId);
    event.workflow = workflow;
    event.stream = true;
    event.client = std::string(claudeCodeClient) + excerpt(version);
    return event;
}

Result<void> ClaudeCodeLog::Message::settle(Timestamp time)
{
    event.time = time;
    event.eventId = event.callId = eventIdOfKey(time, key, workflow);
    GivenFields given;
    for (const char *name : {"time", "event_id"})
        markGiven(given, *eventField(name));
    completeForeignCall(event, given);
    return settleEvent(event, given, {}, nullptr);
}

Result<void> ClaudeCodeLog::keep(const Line &line)
{
    Message message;
    message.key = line.key();
    message.hash = fastHash(message.key);
    const std::int64_t output = line.report.usage.output;
    Timestamp first = line.time;
    const auto before = std::find_if(m_held.rbegin(), m_held.rend(),
                                     [&message](const Message &m) { return m.hash == message.hash; });
    if (before != m_held.rend()) {
        first = std::min(before->event.time, first);
        if (output <= before->event.usage.output)
            return first < before->event.time ? before->settle(first) : Result<void>();
    } else if (const auto seen = m_seen.find(message.hash); seen != m_seen.end()) {
        if (output <= seen->second.output)
            return {};
        first = seen->second.time;
    }
    auto event = line.event();
    if (!event)
        return event.error();
    message.event = *std::move(event);
    if (auto settled = message.settle(first); !settled)
        return settled;
    if (before != m_held.rend())
        *before = std::move(message);
    else
        m_held.push_back(std::move(message));
    return {};
}

void ClaudeCodeLog::handOut(std::size_t keep, std::vector<CostEvent> &out)
{
    for (; m_held.size() > keep; m_held.pop_front()) {
        Message &message = m_held.front();
        m_seen.insert_or_assign(message.hash, Seen{message.event.time, message.event.usage.output});
        out.push_back(std::move(message.event));
    }
}

} // namespace farthing
