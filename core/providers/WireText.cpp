// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/WireText.h"

#include <algorithm>
#include <cctype>

namespace farthing {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

unsigned char byteAt(std::string_view text, std::size_t at)
{
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// Bytes of the well-formed sequence at the front (Unicode, table 3-7); 0 where it is broken.
std::size_t sequenceSize(std::string_view text)
{
    const unsigned char first = byteAt(text, 0);
    if (first < 0x80)
        return 1;
    const std::size_t size = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const unsigned least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    for (std::size_t i = 1; i < size; ++i)
        if (byteAt(text, i) < (i == 1 ? least : 0x80) || byteAt(text, i) > (i == 1 ? most : 0xbf))
            return 0;
    return size;
}

/// C0, DEL, and C1 as UTF-8 has it.
bool isControl(std::string_view character)
{
    const unsigned char first = byteAt(character, 0);
    return first < 0x20 || first == 0x7f || (first == 0xc2 && byteAt(character, 1) < 0xa0);
}

} // namespace

std::string cleanText(std::string_view text, std::size_t maxBytes)
{
    constexpr auto isPlain = [](unsigned char c) { return c > ' ' && c < 0x7f; };
    if (text.size() <= maxBytes && std::ranges::all_of(text, isPlain))
        return std::string(text);
    std::string clean;
    while (!text.empty()) {
        const std::size_t size = sequenceSize(text);
        std::string_view character = size == 0 ? replacement : text.substr(0, size);
        text.remove_prefix(std::max<std::size_t>(size, 1));
        if (std::isspace(byteAt(character, 0)) != 0)
            character = " ";
        if (isControl(character) || (clean.empty() && character == " "))
            continue;
        if (clean.size() + character.size() > maxBytes)
            break;
        clean += character;
    }
    while (clean.ends_with(' '))
        clean.pop_back();
    return clean;
}

bool isMediaType(std::string_view contentType, std::string_view type)
{
    std::string_view found = contentType.substr(0, contentType.find(';'));
    while (!found.empty() && (found.back() == ' ' || found.back() == '\t'))
        found.remove_suffix(1);
    return std::ranges::equal(
        found, type, [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

} // namespace farthing
