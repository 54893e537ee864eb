// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/JsonReader.h"

#include <algorithm>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

constexpr double maxCount = 1e12;

/// At its end.
std::string_view withoutBlanks(std::string_view raw)
{
    while (!raw.empty() && static_cast<unsigned char>(raw.back()) <= ' ')
        raw.remove_suffix(1);
    return raw;
}

} // namespace

json_type typeOf(JsonReader::Value &value)
{
    json_type type = json_type::null;
    return value.type().get(type) == simdjson::SUCCESS ? type : json_type::null;
}

std::string_view stringOf(JsonReader::Value &value)
{
    if (typeOf(value) != json_type::string)
        return {};
    std::string_view text;
    if (value.get_string().get(text) == simdjson::SUCCESS)
        return text;
    text = value.raw_json_token();
    const std::size_t end = text.rfind('"');
    return end == std::string_view::npos || end == 0 ? std::string_view() : text.substr(1, end - 1);
}

std::string_view rawOf(JsonReader::Value &value)
{
    std::string_view raw;
    return simdjson::to_json_string(value).get(raw) == simdjson::SUCCESS ? withoutBlanks(raw)
                                                                         : std::string_view();
}

bool peekMember(JsonReader::Object &object, std::string_view name, std::string_view &raw)
{
    raw = {};
    JsonReader::Value value;
    const auto found = object.find_field_unordered(name).get(value);
    if (found != simdjson::SUCCESS && found != simdjson::NO_SUCH_FIELD)
        return false;
    if (found == simdjson::SUCCESS)
        raw = withoutBlanks(value.raw_json_token());
    return object.reset().error() == simdjson::SUCCESS;
}

std::int64_t countOf(JsonReader::Value &value)
{
    double number = 0;
    if (typeOf(value) != json_type::number || value.get_double().get(number) != simdjson::SUCCESS)
        return 0;
    return static_cast<std::int64_t>(std::clamp(number, 0.0, maxCount));
}

} // namespace farthing
