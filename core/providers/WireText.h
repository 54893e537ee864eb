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

/// Whether a Content-Type ("Text/Event-Stream; charset=utf-8") is of that type, whatever its case and
/// parameters.
bool isMediaType(std::string_view contentType, std::string_view type);

} // namespace farthing
