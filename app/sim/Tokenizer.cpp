// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Tokenizer.h"

#include <algorithm>

namespace farthing::sim {

namespace {

enum class Kind { Letter, Digit, Space, High, Sign };

Kind kindOf(char c)
{
    const auto u = static_cast<unsigned char>(c);
    if ((u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z'))
        return Kind::Letter;
    if (u >= '0' && u <= '9')
        return Kind::Digit;
    if (u <= ' ')
        return Kind::Space;
    return u >= 0x80 ? Kind::High : Kind::Sign;
}

std::size_t runEnd(std::string_view text, std::size_t from, Kind kind, std::size_t most)
{
    const std::size_t limit = std::min(text.size(), from + most);
    while (from < limit && kindOf(text[from]) == kind)
        ++from;
    return from;
}

/// Where a word was begun before `begin`, its later tokens are 5 letters long, so the rule needs no memory of
/// its own.
std::size_t wordEnd(std::string_view text, std::size_t begin)
{
    const bool continued = begin > 0 && kindOf(text[begin - 1]) == Kind::Letter;
    return runEnd(text, begin, Kind::Letter, continued ? 5 : 6);
}

} // namespace

std::size_t tokenEnd(std::string_view text, std::size_t begin)
{
    std::size_t at = begin;
    if (text[at] == ' ' && at + 1 < text.size() && kindOf(text[at + 1]) != Kind::Space)
        ++at;
    switch (const Kind kind = kindOf(text[at])) {
    case Kind::Letter:
        return wordEnd(text, at);
    case Kind::Digit:
    case Kind::High:
        return runEnd(text, at, kind, 3);
    case Kind::Space:
        return runEnd(text, at, kind, 8);
    case Kind::Sign:
        break;
    }
    return at + 1 < text.size() && text[at + 1] == text[at] ? at + 2 : at + 1;
}

std::int64_t countTokens(std::string_view text)
{
    std::int64_t count = 0;
    for (std::size_t at = 0; at < text.size(); at = tokenEnd(text, at))
        ++count;
    return count;
}

} // namespace farthing::sim
