// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farthing::sim {

/// Keeps the order of members, as a provider's own replies do.
using Json = nlohmann::ordered_json;

/// The member, or nullptr where `object` is no object or has no such member. Never throws, whatever a client
/// sent.
const Json *member(const Json &object, const char *key);
/// The member's text, or empty where it is missing or no string.
std::string textOf(const Json &object, const char *key);
std::optional<std::int64_t> integerOf(const Json &object, const char *key);
bool flagOf(const Json &object, const char *key);
/// Compact JSON; bytes that are no UTF-8 become U+FFFD.
std::string dump(const Json &value);
/// `text` as a JSON string with its quotes.
std::string jsonString(std::string_view text);

} // namespace farthing::sim
