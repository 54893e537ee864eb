// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Utf8.h"

#include <algorithm>
#include <simdjson.h>

namespace farthing {

bool isUtf8(std::string_view text)
{
    return simdjson::validate_utf8(text.data(), text.size());
}

std::string utf8OfLatin1(std::string_view text)
{
    std::string utf8;
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (code >= 0x80)
            utf8 += static_cast<char>(0xc0 | code >> 6);
        utf8 += static_cast<char>(code < 0x80 ? code : 0x80 | (code & 0x3f));
    }
    return utf8;
}

std::string excerpt(std::string_view text, std::size_t most)
{
    std::size_t end = std::min(text.size(), most);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    std::string shown(text.substr(0, end));
    const bool sound = isUtf8(shown);
    for (char &c : shown)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || (!sound && (c & 0x80) != 0))
            c = '?';
    return end < text.size() ? shown + "…" : shown;
}

} // namespace farthing
