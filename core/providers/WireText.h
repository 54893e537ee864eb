// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace farthing {

/// Text of the wire, fit for a field of an event: UTF-8 whose broken sequences are U+FFFD, without control
/// characters (line breaks and tabs become spaces) and without spaces around it, at most `maxBytes` long, cut
/// at a character's border.
std::string cleanText(std::string_view text, std::size_t maxBytes);

/// Whether a Content-Type is text/event-stream, whatever its case and parameters.
bool isEventStream(std::string_view contentType);

} // namespace farthing
