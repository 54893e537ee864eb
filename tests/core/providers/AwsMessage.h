// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <zlib.h>

namespace farthing {

inline std::string bigEndian(std::uint32_t value)
{
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xff);
    return bytes;
}

inline std::string crcOf(std::string_view bytes)
{
    return bigEndian(static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef *>(bytes.data()), static_cast<uInt>(bytes.size()))));
}

/// A message of application/vnd.amazon.eventstream around encoded headers.
inline std::string awsFrame(std::string_view headers, std::string_view payload)
{
    std::string message = bigEndian(static_cast<std::uint32_t>(16 + headers.size() + payload.size())) +
                          bigEndian(static_cast<std::uint32_t>(headers.size()));
    message += crcOf(message);
    message.append(headers).append(payload);
    return message + crcOf(message);
}

/// The same with headers that are strings.
inline std::string awsMessage(const std::vector<std::pair<std::string, std::string>> &headers,
                              std::string_view payload)
{
    std::string encoded;
    for (const auto &[name, value] : headers) {
        encoded += static_cast<char>(name.size());
        encoded += name + '\x07' + bigEndian(static_cast<std::uint32_t>(value.size())).substr(2) + value;
    }
    return awsFrame(encoded, payload);
}

inline std::string awsEvent(const std::string &type, std::string_view json)
{
    return awsMessage(
        {{":event-type", type}, {":content-type", "application/json"}, {":message-type", "event"}}, json);
}

} // namespace farthing
