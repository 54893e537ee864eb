// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/PromptAnatomy.h"
#include "core/providers/Endpoint.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// The secret of this installation that keys every hash of prompt text (16 random bytes, kept in the data
/// directory).
using AnatomyKey = std::array<std::uint8_t, 16>;

/// What the body of a request says, read once. Nothing here keeps prompt text.
struct RequestFacts
{
    std::string model;
    bool stream = false;              ///< asked for by the path, the body, or by default (Ollama)
    bool asksForUsage = false;        ///< OpenAI `stream_options.include_usage` is true
    std::int64_t promptTextBytes = 0; ///< bytes of text that the provider will count as input, for estimates
    std::int64_t promptTokens = 0;    ///< beside that text: what a conversation had come to before
    std::string workflow;             ///< body `metadata.workflow`, Converse's `requestMetadata.workflow`
    std::string feature;              ///< the same of `feature`
    std::string user;                 ///< body `user`, then `metadata.user_id`, then `safety_identifier`
    PromptAnatomy anatomy;
};

/// False for what says nothing, or is too large for the little that is wanted of it: uploads and batches.
bool isWorthReading(const Endpoint &endpoint, std::string_view body);

/// Reads a request's body (already decoded); where the endpoint is not metered only its model and tags. A
/// body that is not the JSON it should be is an error, and the caller still forwards it: the provider is the
/// judge of its own format. The body is longer while it is read, and afterwards as it was.
Result<RequestFacts> readRequest(const Endpoint &endpoint, std::string &body, const AnatomyKey &key);

} // namespace farthing
