// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Json.h"

namespace farthing::sim {

const Json *member(const Json &object, const char *key)
{
    if (!object.is_object())
        return nullptr;
    const auto it = object.find(key);
    return it == object.end() ? nullptr : &*it;
}

std::string textOf(const Json &object, const char *key)
{
    const Json *value = member(object, key);
    return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<std::int64_t> integerOf(const Json &object, const char *key)
{
    const Json *value = member(object, key);
    if (!value || !value->is_number_integer())
        return std::nullopt;
    return value->get<std::int64_t>();
}

bool flagOf(const Json &object, const char *key)
{
    const Json *value = member(object, key);
    return value && value->is_boolean() && value->get<bool>();
}

std::string dump(const Json &value)
{
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string jsonString(std::string_view text)
{
    return dump(Json(text));
}

} // namespace farthing::sim
