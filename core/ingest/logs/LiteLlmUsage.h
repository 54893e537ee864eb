// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/TokenUsage.h"
#include "core/providers/JsonReader.h"

#include <algorithm>
#include <cstdint>

namespace farthing {

/// The parts of a call's tokens, as LiteLLM's usage object has them beside the whole, in OpenAI's names and
/// in Anthropic's; the larger counts where both are there, since one of them may be 0 in streams. Not for
/// headers of other layers: see JsonReader.
struct LiteLlmUsage
{
    std::int64_t cached = 0;
    std::int64_t written = 0;
    std::int64_t written1h = 0;
    std::int64_t inputAudio = 0;
    std::int64_t outputAudio = 0;
    std::int64_t reasoning = 0;
    std::int64_t searches = 0;
    bool hasInputParts = false; ///< `prompt_tokens_details` is there
    bool countsWritten = false; ///< and it has what was written, so that the whole does too

    void read(JsonReader::Object &usage);
    /// Puts the parts into a usage that has the whole, and keeps them within it.
    void addTo(TokenUsage &usage) const;
};

} // namespace farthing
