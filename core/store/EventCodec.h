// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <string>
#include <string_view>

namespace farthing {

/// The compact binary form of events: a version byte, then variable-length integers and length-prefixed
/// strings in a fixed order. Decoding is safe on any bytes.

/// Appends a whole event, as the journal keeps it.
void encodeEvent(const CostEvent &event, std::string &out);
/// False where the bytes are not an event; `event` is then unspecified.
bool decodeEvent(std::string_view bytes, CostEvent &event);

/// Appends what lies beside the row (raw usage, parts, tags, anatomy and so on), as the store keeps it.
void encodeDetail(const CostEvent &event, std::string &out);
bool decodeDetail(std::string_view bytes, CostEvent &event);

} // namespace farthing
