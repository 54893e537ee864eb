// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

/// OpenTelemetry GenAI semantic conventions: the one place that spells them.
namespace farthing::semconv {

/// gen_ai.operation.name, which is what an event's `endpoint` holds where the conventions have a name.
namespace operation {
constexpr std::string_view chat = "chat";
constexpr std::string_view textCompletion = "text_completion";
constexpr std::string_view embeddings = "embeddings";
constexpr std::string_view generateContent = "generate_content";
} // namespace operation

} // namespace farthing::semconv
