// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace farthing {

/// How many of the cached input tokens were audio, where a provider's usage JSON tells: OpenAI's
/// `input_token_details.cached_tokens_details.audio_tokens` (platform.openai.com, "Realtime server events")
/// and Gemini's `cacheTokensDetails` (ai.google.dev, "UsageMetadata").
std::optional<std::int64_t> toldCachedAudio(std::string_view rawUsage);

} // namespace farthing
