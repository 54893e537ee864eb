// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventJson.h"

#include "core/base/JsonDepth.h"
#include "core/base/Utf8.h"
#include "core/model/EventCsv.h"
#include "core/model/EventDetailsJson.h"

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

/// Decimals are strings in JSON: a number there is read as binary floating point, and money is not.
Json toJson(const EventField &field, const CostEvent &event)
{
    const std::string text = field.get(event);
    switch (field.kind) {
    case EventField::Kind::Text:
    case EventField::Kind::Word:
        return text;
    case EventField::Kind::Flag:
        return text == "1";
    case EventField::Kind::Integer:
        return std::stoll(text);
    case EventField::Kind::Decimal:
        break;
    }
    return text.empty() ? Json(nullptr) : Json(text);
}

Result<void> setMember(EventDraft &draft, std::string_view name, const Json &value)
{
    const EventField *const field = eventField(name);
    const bool isKey = name == "idempotency_key";
    if (field == nullptr && !isKey)
        return Error{"no event has such a field"};
    if (value.is_structured() || (isKey && !value.is_string()))
        return Error{(value.is_structured() ? "an " : "a ") + std::string(value.type_name()) + " is not " +
                     std::string(isKey ? "text" : field->expected)};
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.empty())
        return {};
    if (isKey) {
        if (text.size() > longestKey)
            return Error{"has more than " + std::to_string(longestKey) + " bytes"};
        draft.key = text;
        return {};
    }
    if (auto set = setField(draft.event, *field, text); !set)
        return set;
    markGiven(draft.given, *field);
    return {};
}

} // namespace

std::string toJson(const CostEvent &event, bool withDetails)
{
    Json object;
    for (const EventField &field : eventFields())
        object[std::string(field.name)] = toJson(field, event);
    if (withDetails)
        object["details"] = detailsToJson(event);
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<EventDraft> readEventJson(std::string_view json)
{
    if (const auto at = tooDeepAt(json))
        return Error{"is nested deeper than " + std::to_string(deepestJson) + " levels",
                     "byte " + std::to_string(*at + 1)};
    const Json object = Json::parse(json, nullptr, false);
    if (!object.is_object())
        return Error{"expected a JSON object with an event's fields"};
    EventDraft draft;
    for (const auto &[key, value] : object.items()) {
        if (value.is_null())
            continue;
        if (key == "details") {
            if (auto read = readDetails(value, draft.event); !read)
                return read.error().at("'details'");
            draft.details = value.dump(-1, ' ', false, Json::error_handler_t::replace);
            continue;
        }
        if (auto set = setMember(draft, key, value); !set)
            return set.error().at("'" + excerpt(key) + "'");
    }
    return draft;
}

Uuid eventIdOfKey(Timestamp time, std::string_view key, std::string_view kind)
{
    return makeDerivedUuidV7(time, std::string(kind).append("\x1f").append(key));
}

Result<CostEvent> eventFromJson(std::string_view json, RowCounts *rows)
{
    auto draft = readEventJson(json);
    if (!draft)
        return draft.error();
    if (!draft->key.empty() && isGiven(draft->given, "time") && !isGiven(draft->given, "event_id"))
        draft->event.eventId = eventIdOfKey(draft->event.time, draft->key);
    if (auto settled = settleEvent(draft->event, draft->given, draft->details, rows); !settled)
        return settled.error();
    return std::move(draft->event);
}

} // namespace farthing
