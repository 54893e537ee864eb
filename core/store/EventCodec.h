// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

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
/// Appends them to `events`; false, and nothing is appended, where the bytes are anything else.
bool decodeEvents(std::string_view bytes, std::vector<CostEvent> &events);
/// How many events the payload says it holds.
std::uint32_t countOfEvents(std::string_view bytes);

/// Appends what lies beside the row (raw usage, parts, tags, anatomy and so on), as the store keeps it.
/// `moved` is how much later the row's instant is than the event's: 0 to mostMoved.
void encodeDetail(const CostEvent &event, Micros moved, std::string &out);
/// Takes that from `event.time`, which is the row's.
bool decodeDetail(std::string_view bytes, CostEvent &event);

} // namespace farthing
