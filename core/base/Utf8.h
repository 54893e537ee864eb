// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace farthing {

bool isUtf8(std::string_view text);
std::string utf8OfLatin1(std::string_view text);

/// The beginning of a text from outside, fit for an error: at most `most` bytes, not cut within a character,
/// with "…" where something is missing; what is no UTF-8, and control characters, as "?".
std::string excerpt(std::string_view text, std::size_t most = 60);

} // namespace farthing
