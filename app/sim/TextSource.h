// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Json.h"
#include "app/sim/Random.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farthing::sim {

/// English-like sentences that countTokens() counts as exactly `tokens`.
std::string writeText(Random &random, std::int64_t tokens);

/// A value that the schema admits: every property, the first of an enum, one item of an array. References
/// within `schema` are followed; nesting ends after 8 levels.
Json fillSchema(const Json &schema, Random &random);

/// `length` letters and digits.
std::string writeId(Random &random, std::size_t length);

struct TextPiece
{
    std::string_view text;
    std::int64_t tokens = 0;
};
/// `text` in pieces of `tokens` tokens each, never within one and never within a UTF-8 character.
std::vector<TextPiece> splitTokens(std::string_view text, std::int64_t tokens);

} // namespace farthing::sim
