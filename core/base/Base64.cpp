// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Base64.h"

#include <array>
#include <cstdint>

namespace farthing {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t noDigit = 64;

constexpr auto digits = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(noDigit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

} // namespace

std::string base64Decoded(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    unsigned bits = 0;
    unsigned kept = 0;
    for (const char c : text.substr(0, text.find('='))) {
        const std::uint8_t digit = digits[static_cast<unsigned char>(c)];
        if (digit == noDigit)
            return {};
        bits = bits << 6 | digit;
        kept += 6;
        if (kept >= 8) {
            kept -= 8;
            bytes += static_cast<char>(bits >> kept & 0xff);
        }
    }
    return bytes;
}

} // namespace farthing
