// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/ClaudeCodeLog.h"

#include "core/base/FastHash.h"
#include "core/base/TextSearch.h"
#include "core/base/Utf8.h"
#include "core/model/EventFields.h"
#include "core/model/EventJson.h"
#include "core/model/semconv.h"
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

GivenFields givenByALine()
{
    GivenFields given;
    for (const char *name : {"time", "event_id"})
        markGiven(given, *eventField(name));
    return given;
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
    CostEvent event;

    bool isWhole = true;

    void readMember(std::string_view key, JsonReader::Value &value);
    void readMessage(JsonReader::Value &value);
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
    if (auto done = readUsage(line); !done || line.event.usage == TokenUsage{})
        return done;
    keep(line);
    return {};
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
    CostEvent &event = line.event;
    JsonReader::Object usage;
    UsageReport report;
    if (!m_readers->usages.open(line.usage, usage))
        return Error{"is not JSON", "message.usage"};
    readAnthropicUsage(usage, line.model, report);
    event.usage = report.usage;
    if (event.usage == TokenUsage{})
        return {};
    event.parts = std::move(report.parts);
    event.serviceTier = std::move(report.serviceTier);
    event.rawUsage = line.usage;
    event.usageSource = UsageSource::Provider;
    const auto time = parseRfc3339(line.timestamp);
    if (!time)
        return Error{line.timestamp.empty() ? "is missing" : time.error().message, "timestamp"};
    event.time = *time;
    if (!line.cost.empty())
        if (auto set = setText(event, "cost_usd", line.cost); !set)
            return Error{set.error().message, "costUSD"};
    const std::pair<std::string_view, std::string_view> texts[] = {{"request_model", line.model},
                                                                   {"response_model", line.model},
                                                                   {"session", line.session},
                                                                   {"feature", folderName(line.folder)}};
    for (const auto &[column, text] : texts)
        if (auto set = setText(event, column, text); !set)
            return set;
    event.provider = providerOf(line.messageId);
    event.endpoint = semconv::operation::chat;
    event.workflow = workflow;
    event.stream = true;
    event.client = std::string(claudeCodeClient) + excerpt(line.version);
    event.eventId = eventIdOfKey(event.time, {});
    return settleEvent(event, givenByALine(), {}, nullptr);
}

void ClaudeCodeLog::keep(Line &line)
{
    CostEvent &event = line.event;
    std::string key(line.messageId);
    if (key.empty())
        key = line.ownId.empty() ? line.text : line.ownId;
    else
        key.append(":").append(line.request);
    const std::uint64_t hash = fastHash(key);
    const auto before =
        std::find_if(m_held.rbegin(), m_held.rend(), [hash](const Message &m) { return m.hash == hash; });
    if (before != m_held.rend()) {
        const Timestamp first = std::min(before->event.time, event.time);
        if (event.usage.output > before->event.usage.output)
            before->event = std::move(event);
        before->event.time = first;
        return;
    }
    if (const auto seen = m_seen.find(hash); seen != m_seen.end()) {
        if (event.usage.output <= seen->second.output)
            return;
        event.time = seen->second.time;
    }
    m_held.push_back({hash, std::move(key), std::move(event)});
}

void ClaudeCodeLog::settle(std::size_t keep, std::vector<CostEvent> &out)
{
    for (; m_held.size() > keep; m_held.pop_front()) {
        Message &message = m_held.front();
        CostEvent &event = message.event;
        event.eventId = eventIdOfKey(event.time, message.key, workflow);
        event.callId = event.eventId;
        m_seen.insert_or_assign(message.hash, Seen{event.time, event.usage.output});
        out.push_back(std::move(event));
    }
}

} // namespace farthing
