// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Http.h"
#include "app/sim/Json.h"
#include "core/providers/Endpoint.h"

#include <string>

namespace farthing::sim {

/// The refusal as this provider spells it, with its retry headers where a retry makes sense.
Reply errorReply(Wire wire, const ApiError &error, const std::string &requestId);
/// The same as the last event of a stream that had begun.
std::string errorEvent(Wire wire, const ApiError &error, const std::string &requestId);

/// The request's JSON object, or the refusal.
std::variant<Json, ApiError> parseBody(const HttpCall &call);

} // namespace farthing::sim
