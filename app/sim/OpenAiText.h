// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Engine.h"
#include "app/sim/Http.h"

namespace farthing::sim {

/// POST /v1/completions (OpenAI API reference, "Completions", legacy).
Outcome openAiCompletions(const HttpCall &http, const Json &body, Engine &engine);

} // namespace farthing::sim
