// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Engine.h"
#include "app/sim/Http.h"

namespace farthing::sim {

/// POST /v1/messages (Anthropic API reference, "Messages" and "Streaming Messages").
Outcome anthropicMessages(const HttpCall &http, const Json &body, Engine &engine);
/// POST /v1/messages/count_tokens.
Outcome anthropicCountTokens(const HttpCall &http, const Json &body, Engine &engine);

} // namespace farthing::sim
