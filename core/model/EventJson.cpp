// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonDepth.h"
#include "core/base/Utf8.h"
#include "core/model/EventCsv.h"
#include "core/model/EventDetailsJson.h"
#include "core/model/EventFields.h"

namespace farthing {

namespace {

using Json = nlohmann::ordered_json;

/// Decimals are strings in JSON: a number there is read as binary floating point, and money is not.
Json toJson(const EventField &field, const CostEvent &event)
{
    const std::string text = field.get(event);
    switch (field.kind) {
    case EventField::Kind::Text:
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

Result<CostEvent> eventFromJson(std::string_view json, RowCounts *rows)
{
    if (const auto at = tooDeepAt(json))
        return Error{"is nested deeper than " + std::to_string(deepestJson) + " levels",
                     "byte " + std::to_string(*at + 1)};
    const Json object = Json::parse(json, nullptr, false);
    if (!object.is_object())
        return Error{"expected a JSON object with an event's fields"};
    CostEvent event;
    GivenFields given;
    std::string details;
    for (const auto &[key, value] : object.items()) {
        if (value.is_null())
            continue;
        if (key == "details") {
            if (auto read = readDetails(value, event); !read)
                return read.error().at("'details'");
            details = value.dump(-1, ' ', false, Json::error_handler_t::replace);
            continue;
        }
        const std::string place = "'" + excerpt(key) + "'";
        const EventField *const field = eventField(key);
        if (field == nullptr)
            return Error{"no event has such a field", place};
        if (value.is_structured())
            return Error{std::string("an ") + value.type_name() + " is not a value of this field", place};
        const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
        if (text.empty())
            continue;
        if (auto set = setField(event, *field, text); !set)
            return set.error().at(place);
        markGiven(given, *field);
    }
    if (auto settled = settleEvent(event, given, details, rows); !settled)
        return settled.error();
    return event;
}

} // namespace farthing
