// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace farthing {

/// How a reply is cut into JSON objects.
enum class StreamForm : std::uint8_t {
    None,             ///< one body, or an array as Gemini streams it
    ServerSentEvents, ///< text/event-stream
    AwsEvents,        ///< application/vnd.amazon.eventstream
    JsonLines,        ///< one object after the other: Ollama, Cohere's version 1
};

/// What a reply of that Content-Type ("Text/Event-Stream; charset=utf-8") is: what it says, or what it was
/// asked to be where it says nothing to the contrary ("text/plain", or nothing at all, as some servers do).
StreamForm streamFormOf(std::string_view contentType, StreamForm asked);

} // namespace farthing
