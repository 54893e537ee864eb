// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Engine.h"
#include "app/sim/Http.h"

namespace farthing::sim {

/// POST /v1/responses (OpenAI API reference, "Responses" and "Streaming events"). Replies are not stored: a
/// `previous_response_id` is answered as one that was not found.
Outcome openAiResponses(const HttpCall &http, const Json &body, Engine &engine);

} // namespace farthing::sim
