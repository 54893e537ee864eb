// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/PercentDecoding.h"

namespace farthing {

namespace {

int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

} // namespace

std::string percentDecoded(std::string_view text)
{
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hexValue(text[i + 1]) : -1;
        const int low = high >= 0 ? hexValue(text[i + 2]) : -1;
        decoded.push_back(low >= 0 ? static_cast<char>(high * 16 + low) : text[i]);
        i += low >= 0 ? 2 : 0;
    }
    return decoded;
}

} // namespace farthing
