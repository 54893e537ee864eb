// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// A frame as RFC 6455 section 5.2 has it; `first` holds FIN, the reserved bits and the opcode.
inline std::string webSocketFrame(std::string_view payload, unsigned char first = 0x81, bool masked = false)
{
    std::string frame(1, static_cast<char>(first));
    const unsigned mark = masked ? 0x80 : 0;
    const std::uint64_t size = payload.size();
    const int bytes = size < 126 ? 0 : size < 65536 ? 2 : 8;
    frame += static_cast<char>(mark | (bytes == 0 ? size : bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i)
        frame += static_cast<char>(size >> (8 * i));
    if (!masked)
        return frame.append(payload);
    constexpr std::string_view mask = "\x11\x22\x33\x44";
    frame += mask;
    for (std::size_t i = 0; i < size; ++i)
        frame += static_cast<char>(payload[i] ^ mask[i % 4]);
    return frame;
}

} // namespace farthing
