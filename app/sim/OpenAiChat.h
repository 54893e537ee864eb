// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Engine.h"
#include "app/sim/Http.h"

namespace farthing::sim {

/// POST /v1/chat/completions (OpenAI API reference, "Chat").
Outcome openAiChat(const HttpCall &http, const Json &body, Engine &engine);

/// Chat's `usage` object; the legacy completions endpoint reports the same.
Json openAiUsage(const ModelCall &call, const ModelAnswer &answer);

/// What the OpenAI endpoints read alike: model, key, limits, cache scope.
ModelCall openAiCall(const HttpCall &http, const Json &body);
/// The refusal of a model that is not there.
ApiError openAiNoModel(const std::string &model);

} // namespace farthing::sim
