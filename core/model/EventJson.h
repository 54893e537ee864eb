// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/EventFields.h"

#include <string>
#include <string_view>

namespace farthing {

/// In bytes, of what senders call a call.
constexpr std::size_t longestKey = 256;

/// An event as it came in JSON, before settleEvent() completes it.
struct EventDraft
{
    CostEvent event;
    GivenFields given;
    std::string details; ///< the member `details`, as JSON
    std::string key;     ///< `idempotency_key`: the sender's own name for the call
};

/// Reads an object with the event's names, and an `idempotency_key` of at most 256 bytes. An error names the
/// member.
Result<EventDraft> readEventJson(std::string_view json);

/// The id of the call that its sender calls `key`, at that time. Its lower 64 bits come from the key alone,
/// and from what kind of key it is.
Uuid eventIdOfKey(Timestamp time, std::string_view key, std::string_view kind = "key");

} // namespace farthing
