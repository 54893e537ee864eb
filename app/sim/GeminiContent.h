// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Engine.h"
#include "app/sim/Http.h"

#include <string>

namespace farthing::sim {

enum class GeminiStream : std::uint8_t { None, Sse, JsonArray };

/// POST models/MODEL:generateContent and :streamGenerateContent (Gemini API reference, "Generating content").
Outcome geminiGenerate(const HttpCall &http, const Json &body, const std::string &model, GeminiStream stream,
                       Engine &engine);
/// POST models/MODEL:countTokens.
Outcome geminiCountTokens(const HttpCall &http, const Json &body, const std::string &model, Engine &engine);

} // namespace farthing::sim
