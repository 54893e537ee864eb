// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/TokenUsage.h"
#include "core/providers/JsonReader.h"

namespace farthing {

/// Reads the usage object of chat completions, completions, embeddings and responses, with the spellings of
/// Realtime's (`input_token_details`) and of providers that speak OpenAI's wire: DeepSeek
/// `prompt_cache_hit_tokens`, Mistral `num_cached_tokens`, Hugging Face's top-level `cached_tokens`,
/// OpenRouter and newer OpenAI models `cache_write_tokens` (no lifetime: 5 m), Voyage `total_tokens` alone.
/// Where `total_tokens` exceeds prompt and completion, the rest is reasoning that the provider bills as
/// output but leaves out of the completion: Gemini's OpenAI compatibility does so silently, xAI beside its
/// `reasoning_tokens`.
TokenUsage readOpenAiUsage(JsonReader::Object &usage);

} // namespace farthing
