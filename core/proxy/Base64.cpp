// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Base64.h"

namespace farthing {

std::string decodedBase64(std::string_view encoded)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    unsigned bits = 0;
    unsigned kept = 0;
    for (const char c : encoded.substr(0, encoded.find('='))) {
        const auto value = alphabet.find(c);
        if (value == std::string_view::npos)
            return {};
        bits = bits << 6 | static_cast<unsigned>(value);
        kept += 6;
        if (kept >= 8) {
            kept -= 8;
            out += static_cast<char>(bits >> kept & 0xff);
        }
    }
    return out;
}

} // namespace farthing
