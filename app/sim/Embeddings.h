// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Http.h"
#include "app/sim/Json.h"

#include <string>
#include <string_view>
#include <vector>

namespace farthing::sim {

/// A unit vector in which texts that share words lie close to each other.
std::vector<float> embed(std::string_view text, std::size_t dimensions);

/// POST /v1/embeddings (OpenAI API reference, "Embeddings"), `encoding_format` float or base64.
Outcome openAiEmbeddings(const Json &body);
/// POST models/MODEL:embedContent and :batchEmbedContents (Gemini API reference, "Embeddings"); neither
/// reports usage.
Outcome geminiEmbed(const Json &body, const std::string &model, bool batch);

} // namespace farthing::sim
