// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing::sim {

/// The end of the token that starts at `begin` (< text.size()). The simulator's own stable rule, about 4
/// bytes a token in English: one space belongs to what follows it; a word is one token up to 6 letters and
/// one more for every 5 beyond; digits go in threes; punctuation in pairs of the same sign; other white space
/// in runs of up to 8; bytes above ASCII in threes.
std::size_t tokenEnd(std::string_view text, std::size_t begin);

std::int64_t countTokens(std::string_view text);

} // namespace farthing::sim
