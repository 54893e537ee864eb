// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/LiteLlmLog.h"

#include "core/base/JsonDepth.h"
#include "core/base/TextSearch.h"
#include "core/base/Utf8.h"
#include "core/ingest/ForeignCall.h"
#include "core/ingest/SpanAttributes.h"
#include "core/ingest/logs/LiteLlmUsage.h"
#include "core/model/EventJson.h"
#include "core/model/Untagged.h"
#include "core/model/endpoints.h"
#include "core/model/semconv.h"
#include "core/providers/JsonReader.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

enum Column : std::size_t {
    RequestId,
    CallType,
    Spend,
    PromptTokens,
    CompletionTokens,
    StartTime,
    EndTime,
    CompletionStartTime,
    Model,
    ModelGroup,
    Provider,
    User,
    EndUser,
    TeamId,
    SessionId,
    CacheHit,
    RequestTags,
    Metadata,
    Status,
    columnCount
};
constexpr std::array<std::string_view, columnCount> columnNames = {"request_id",
                                                                   "call_type",
                                                                   "spend",
                                                                   "prompt_tokens",
                                                                   "completion_tokens",
                                                                   "startTime",
                                                                   "endTime",
                                                                   "completionStartTime",
                                                                   "model",
                                                                   "model_group",
                                                                   "custom_llm_provider",
                                                                   "user",
                                                                   "end_user",
                                                                   "team_id",
                                                                   "session_id",
                                                                   "cache_hit",
                                                                   "request_tags",
                                                                   "metadata",
                                                                   "status"};

constexpr std::size_t longestRawUsage = std::size_t(16) << 10;

std::optional<std::size_t> columnOf(std::string_view name)
{
    const auto found = std::ranges::find(columnNames, name);
    return found == columnNames.end() ? std::nullopt
                                      : std::optional(static_cast<std::size_t>(found - columnNames.begin()));
}

/// The text of a string, the JSON of what is none; empty for null.
std::string_view plainText(JsonReader::Value &value)
{
    switch (typeOf(value)) {
    case json_type::string:
        return stringOf(value);
    case json_type::null:
        return {};
    default:
        return rawOf(value);
    }
}

struct CallKind
{
    std::string_view name; ///< without the "a" of its asynchronous form
    std::string_view endpoint;
};
constexpr std::array callKinds = {
    CallKind{"completion", semconv::operation::chat},
    CallKind{"responses", semconv::operation::chat},
    CallKind{"anthropic_messages", semconv::operation::chat},
    CallKind{"text_completion", semconv::operation::textCompletion},
    CallKind{"embedding", semconv::operation::embeddings},
    CallKind{"generate_content", semconv::operation::generateContent},
    CallKind{"generate_content_stream", semconv::operation::generateContent},
    CallKind{"image_generation", endpoint::images},
    CallKind{"image_edit", endpoint::images},
    CallKind{"image_variation", endpoint::images},
    CallKind{"transcription", endpoint::audio},
    CallKind{"speech", endpoint::audio},
    CallKind{"video_generation", endpoint::videos},
    CallKind{"create_video", endpoint::videos},
    CallKind{"rerank", endpoint::rerank},
    CallKind{"ocr", endpoint::ocr},
    CallKind{"realtime", endpoint::realtime},
    CallKind{"create_batch", endpoint::batch},
    CallKind{"retrieve_batch", endpoint::batch},
    CallKind{"list_batches", endpoint::batch},
    CallKind{"cancel_batch", endpoint::batch},
    CallKind{"moderation", endpoint::other},
};

/// "acompletion", "_arealtime" and the like; empty where LiteLLM calls it by a name that is not known here.
std::string_view endpointOf(std::string_view callType)
{
    callType.remove_prefix(callType.starts_with('_') ? 1 : 0);
    for (const CallKind &kind : callKinds)
        if (callType == kind.name || (callType.starts_with('a') && callType.substr(1) == kind.name))
            return kind.endpoint;
    return {};
}

Result<Timestamp> timeOf(std::string_view text, Column column)
{
    constexpr std::size_t longestTime = 64;
    const std::string given(text.substr(0, longestTime));
    for (const char *const end : {"", "Z", ":00"}) // as it is, as Postgres writes UTC, and "+00"
        if (auto time = parseRfc3339(given + end))
            return *time;
    return Error{text.empty() ? "is missing" : "'" + excerpt(text) + "' is no time",
                 std::string(columnNames[column])};
}

/// What `metadata` says of one call; views last as long as it is open.
struct CallMetadata
{
    std::string_view teamAlias;
    std::string_view keyAlias;
    std::string_view status;
    std::string_view errorCode;
    std::string_view errorClass;
    std::string_view workflow;
    std::string_view feature;
    std::string_view usage;           ///< as JSON
    std::string_view additionalUsage; ///< as JSON

    void readMember(std::string_view key, JsonReader::Value &value)
    {
        const bool isObject = typeOf(value) == json_type::object;
        if (key == "user_api_key_team_alias")
            teamAlias = stringOf(value);
        else if (key == "user_api_key_alias")
            keyAlias = stringOf(value);
        else if (key == "status")
            status = stringOf(value);
        else if (key == "usage_object" && isObject)
            usage = rawOf(value);
        else if (key == "additional_usage_values" && isObject)
            additionalUsage = rawOf(value);
        else if (key == "error_information" && isObject)
            forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                if (name == "error_code")
                    errorCode = plainText(field);
                else if (name == "error_class")
                    errorClass = stringOf(field);
            });
        else if (key == "spend_logs_metadata" && isObject)
            forEachField(value, [this](std::string_view name, JsonReader::Value field) {
                if (name == "workflow")
                    workflow = stringOf(field);
                else if (name == "feature")
                    feature = stringOf(field);
            });
    }
};

/// Request tags are a list of texts, "name:value" or a name alone; LiteLLM adds "User-Agent: …" of its own.
void readTags(std::string_view json, CostEvent &event)
{
    constexpr std::size_t mostTags = 64;
    const auto list = tooDeepAt(json) ? nlohmann::json() : nlohmann::json::parse(json, nullptr, false);
    if (!list.is_array())
        return;
    for (const auto &item : list) {
        if (!item.is_string() || event.tags.size() >= mostTags)
            continue;
        const auto &text = item.get_ref<const std::string &>();
        const auto colon = text.find_first_of(":=");
        const std::string name = textOf(trimmed(std::string_view(text).substr(0, colon)));
        const std::string value = colon == std::string::npos
                                      ? std::string()
                                      : textOf(trimmed(std::string_view(text).substr(colon + 1)));
        if (name == "workflow" && event.workflow.empty())
            event.workflow = value;
        else if (name == "feature" && event.feature.empty())
            event.feature = value;
        else if (name == "User-Agent")
            event.client = value; // the last has the version too
        else if (!name.empty())
            event.tags.emplace_back(name, value);
    }
}

void nameCall(const CallMetadata &metadata, std::string_view teamId, CostEvent &event)
{
    const std::string team = textOf(metadata.teamAlias);
    const std::string key = textOf(metadata.keyAlias);
    for (const auto &[text, given] :
         {std::pair(&event.workflow, metadata.workflow), std::pair(&event.feature, metadata.feature)})
        if (text->empty())
            *text = textOf(given);
    if (event.workflow.empty())
        event.workflow = !team.empty() ? team : !key.empty() ? key : std::string(untagged);
    if (event.feature.empty() && event.workflow == team)
        event.feature = key;
    const std::string named = team.empty() ? textOf(teamId) : team;
    if (!named.empty() && named != event.workflow)
        event.tags.emplace_back("team", named);
    if (!key.empty() && key != event.workflow && key != event.feature)
        event.tags.emplace_back("key", key);
}

void setStatus(const CallMetadata &metadata, std::string_view status, CostEvent &event)
{
    constexpr int unknownFailure = 500;
    event.status = 200;
    if ((status.empty() ? metadata.status : status) != "failure")
        return;
    int code = 0;
    std::from_chars(metadata.errorCode.data(), metadata.errorCode.data() + metadata.errorCode.size(), code);
    event.status = code >= 400 && code <= 599 ? code : unknownFailure;
    event.error = metadata.errorClass.empty() ? "error" : textOf(metadata.errorClass);
}

/// Whether a spend of 0 says that the call was free, and not that LiteLLM knows no price.
bool isFree(const CostEvent &event)
{
    const bool hasTokens = event.usage.input > 0 || event.usage.output > 0;
    return event.cache != CacheKind::None || !event.delivered() ||
           (!hasTokens && !endpoint::costsUnknownMoney(event.endpoint, !event.requestModel.empty()));
}

} // namespace

struct LiteLlmLog::Readers
{
    JsonReader rows;
    JsonReader metadata;
    JsonReader usage;
};

struct LiteLlmLog::Row
{
    std::array<std::string_view, columnCount> texts;

    [[nodiscard]] std::string_view operator[](Column column) const { return texts[column]; }
    Result<void> setField(CostEvent &event, const char *field, Column column) const
    {
        if (texts[column].empty())
            return {};
        const auto set = farthing::setField(event, *eventField(field), texts[column]);
        return set ? set : set.error().at(std::string(columnNames[column]));
    }
    Result<void> setTimes(CostEvent &event) const;
    void setModels(CostEvent &event) const;
    void setEndpoint(CostEvent &event) const;
};

LiteLlmLog::LiteLlmLog()
    : m_readers(std::make_unique<Readers>())
{}

LiteLlmLog::~LiteLlmLog() = default;

Result<void> LiteLlmLog::setColumns(const std::vector<std::string> &names)
{
    m_columns.clear();
    for (const std::string &name : names)
        m_columns.push_back(columnOf(name));
    for (const Column needed : {RequestId, StartTime, Spend})
        if (std::ranges::count(m_columns, std::optional<std::size_t>(needed)) != 1)
            return Error{"the header has no column '" + std::string(columnNames[needed]) +
                         "': this is no table LiteLLM_SpendLogs"};
    return {};
}

Result<CostEvent> LiteLlmLog::eventOf(const std::vector<std::string> &cells)
{
    Row row;
    for (std::size_t i = 0; i < cells.size() && i < m_columns.size(); ++i)
        if (m_columns[i])
            row.texts[*m_columns[i]] = cells[i];
    return eventOf(row);
}

Result<CostEvent> LiteLlmLog::eventOf(std::string_view json)
{
    Row row;
    JsonReader::Object object;
    const bool whole = m_readers->rows.open(json, object) &&
                       forEachField(object,
                                    [&row](std::string_view key, JsonReader::Value value) {
                                        if (const auto column = columnOf(key))
                                            row.texts[*column] = plainText(value);
                                    }) &&
                       m_readers->rows.intact();
    return whole ? eventOf(row) : Error{"is no JSON object"};
}

Result<void> LiteLlmLog::Row::setTimes(CostEvent &event) const
{
    const auto start = timeOf(texts[StartTime], StartTime);
    if (!start)
        return start.error();
    event.time = *start;
    if (texts[EndTime].empty())
        return {};
    const auto end = timeOf(texts[EndTime], EndTime);
    if (!end)
        return end.error();
    event.latencyUs = std::max<std::int64_t>(0, (*end - *start).count());
    // Where nothing was streamed, the reply is said to begin at its end.
    const auto first = timeOf(texts[CompletionStartTime], CompletionStartTime);
    if (first && *first >= *start && *first < *end) {
        event.stream = true;
        event.ttftUs = (*first - *start).count();
    }
    return {};
}

void LiteLlmLog::Row::setModels(CostEvent &event) const
{
    event.provider = upstreamOfProvider(textOf(texts[Provider]));
    std::string_view model = texts[Model];
    if (const std::string prefix = std::string(texts[Provider]) + '/';
        prefix.size() > 1 && model.starts_with(prefix))
        model.remove_prefix(prefix.size());
    event.responseModel = event.sentModel = textOf(model);
    event.requestModel = textOf(texts[ModelGroup].empty() ? model : texts[ModelGroup]);
}

void LiteLlmLog::Row::setEndpoint(CostEvent &event) const
{
    const bool hasTokens = event.usage.input > 0 || event.usage.output > 0;
    const std::string_view known = endpointOf(texts[CallType]);
    event.batch = known == endpoint::batch && hasTokens;
    if (known.empty() || event.batch)
        event.endpoint = hasTokens ? semconv::operation::chat : endpoint::other;
    else
        event.endpoint = known;
}

Result<CostEvent> LiteLlmLog::eventOf(Row &row)
{
    CostEvent event;
    if (row[RequestId].empty())
        return Error{"is missing; a day's sums are no calls: ask /spend/logs with summarize=false",
                     std::string(columnNames[RequestId])};
    CallMetadata metadata;
    JsonReader::Object object;
    const bool isWhole =
        row[Metadata].empty() ||
        (m_readers->metadata.open(row[Metadata], object) &&
         forEachField(object, [&metadata](std::string_view key,
                                          JsonReader::Value value) { metadata.readMember(key, value); }) &&
         m_readers->metadata.intact());
    if (!isWhole)
        return Error{"is no JSON object", std::string(columnNames[Metadata])};
    LiteLlmUsage usage;
    for (const std::string_view json : {metadata.usage, metadata.additionalUsage})
        if (!json.empty() && m_readers->usage.open(json, object))
            usage.read(object);
    for (auto read :
         {row.setTimes(event), row.setField(event, "input_tokens", PromptTokens),
          row.setField(event, "output_tokens", CompletionTokens), row.setField(event, "cost_usd", Spend)})
        if (!read)
            return read.error();
    usage.addTo(event.usage);
    if (metadata.usage.size() <= longestRawUsage)
        event.rawUsage = metadata.usage;
    event.usageSource = event.usage == TokenUsage{} ? UsageSource::None : UsageSource::Provider;
    row.setModels(event);
    row.setEndpoint(event);
    setStatus(metadata, row[Status], event);
    event.cache =
        lowerCase(std::string(row[CacheHit].substr(0, 8))) == "true" ? CacheKind::Exact : CacheKind::None;
    readTags(row[RequestTags], event);
    nameCall(metadata, row[TeamId], event);
    event.user = textOf(row[EndUser].empty() ? row[User] : row[EndUser]);
    event.session = textOf(row[SessionId]);
    if (event.cost == Money() && !isFree(event))
        event.cost.reset();
    event.priced = event.cost.has_value();
    event.eventId = eventIdOfKey(event.time, row[RequestId], "litellm");
    if (auto settled = settleEvent(event, GivenFields().set(), {}, nullptr); !settled)
        return settled.error();
    return event;
}

} // namespace farthing
