// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// The compact binary form of events: a version byte, then variable-length integers and length-prefixed
/// strings in a fixed order. Decoding is safe on any bytes.

/// Appends a whole event, as the journal keeps it.
void encodeEvent(const CostEvent &event, std::string &out);
/// False where the bytes are not an event; `event` is then unspecified.
bool decodeEvent(std::string_view bytes, CostEvent &event);

/// Several events as one payload, of which all count or none: a number, then each event behind its size.
void encodeEvents(std::span<const CostEvent> events, std::string &out);
/// The bytes of each of them; nothing where the payload is anything else.
std::optional<std::vector<std::string_view>> splitEvents(std::string_view bytes);
/// How many events the payload says it holds.
std::uint32_t countOfEvents(std::string_view bytes);

/// The event's instant as its id has it, for sorting without decoding; any number where the bytes are no
/// event.
std::uint64_t arrivalOf(std::string_view bytes);

/// What lay beside a row in stores of schema 1, whose rows' times may be later than the event's: takes that
/// from `event.time`.
bool decodeDetailOfSchema1(std::string_view bytes, CostEvent &event);

} // namespace farthing
