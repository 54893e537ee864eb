// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/Span.h"

#include <array>
#include <optional>
#include <string>

namespace farthing {

/// Farthing's own attributes, of a span or of its resource. An `event_id` says that the call passed through
/// Farthing: it is the reply's X-Farthing-Event-Id.
namespace farthingAttribute {
inline constexpr std::array<std::string_view, 1> workflow = {"farthing.workflow"};
inline constexpr std::array<std::string_view, 1> feature = {"farthing.feature"};
inline constexpr std::array<std::string_view, 1> user = {"farthing.user"};
inline constexpr std::array<std::string_view, 1> session = {"farthing.session"};
inline constexpr std::array<std::string_view, 1> eventId = {"farthing.event_id"};
} // namespace farthingAttribute

/// As an event may hold it, at most 256 bytes; a number in digits. Empty where there is none.
std::string textOf(std::string_view text);
std::string textOf(const AttributeValue *value);
/// A whole number of 0 or more, also one written as text or as a double.
std::optional<std::int64_t> countOf(const AttributeValue &value);
std::optional<std::int64_t> countOf(const AttributeValue *value);
std::optional<double> realOf(const AttributeValue *value);
bool flagOf(const AttributeValue *value);
std::string hexOf(std::string_view bytes);

} // namespace farthing
