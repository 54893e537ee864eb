// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/AwsEventStream.h"

#include <algorithm>
#include <array>
#include <optional>

#include <zlib.h>

namespace farthing {

namespace {

constexpr std::size_t preludeBytes = 12;
constexpr std::size_t crcBytes = 4;

std::uint32_t number(std::string_view bytes)
{
    std::uint32_t value = 0;
    for (const char c : bytes)
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

std::uint32_t crcOf(std::string_view bytes)
{
    return static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

/// Takes `size` bytes off the front; nothing where there are fewer.
std::optional<std::string_view> take(std::string_view &bytes, std::size_t size)
{
    if (bytes.size() < size)
        return std::nullopt;
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
}

/// A header's value; those that are no text matter to nobody here.
std::optional<std::string_view> takeValue(std::string_view &bytes, unsigned type)
{
    constexpr std::array<std::size_t, 10> sizes = {0, 0, 1, 2, 4, 8, 0, 0, 8, 16};
    constexpr unsigned byteArray = 6;
    constexpr unsigned string = 7;
    if (type >= sizes.size())
        return std::nullopt;
    if (type != byteArray && type != string)
        return take(bytes, sizes[type]);
    const auto size = take(bytes, 2);
    return size ? take(bytes, number(*size)) : std::nullopt;
}

} // namespace

bool AwsEventStream::takeMessage(std::string_view &chunk, std::string_view &bytes)
{
    if (!m_fault.empty())
        return false;
    if (m_held.empty() && chunk.size() >= preludeBytes) {
        const std::size_t size = sizeOf(chunk.substr(0, preludeBytes));
        if (size == 0)
            return false;
        if (chunk.size() >= size) {
            bytes = chunk.substr(0, size);
            chunk.remove_prefix(size);
            return true;
        }
    }
    const auto hold = [&](std::size_t upTo) {
        const std::size_t more = std::min(chunk.size(), upTo - std::min(upTo, m_held.size()));
        m_held.append(chunk.substr(0, more));
        chunk.remove_prefix(more);
        return m_held.size() >= upTo;
    };
    if (!hold(preludeBytes))
        return false;
    if (m_held.size() == preludeBytes)
        m_size = sizeOf(m_held);
    if (m_size == 0 || !hold(m_size))
        return false;
    bytes = m_held;
    return true;
}

std::size_t AwsEventStream::sizeOf(std::string_view prelude)
{
    const std::size_t size = number(prelude.substr(0, 4));
    const std::size_t headers = number(prelude.substr(4, 4));
    if (number(prelude.substr(8)) != crcOf(prelude.substr(0, 8)))
        fail("the checksum of the lengths is wrong");
    else if (size < preludeBytes + crcBytes || headers > size - preludeBytes - crcBytes)
        fail("the lengths cannot be");
    else if (size > m_maxBytes)
        fail("the message is too long");
    return m_fault.empty() ? size : 0;
}

bool AwsEventStream::read(std::string_view bytes, Message &message)
{
    const std::size_t headers = number(bytes.substr(4, 4));
    if (number(bytes.substr(bytes.size() - crcBytes)) != crcOf(bytes.substr(0, bytes.size() - crcBytes)))
        return fail("the checksum is wrong");
    if (!readHeaders(bytes.substr(preludeBytes, headers), message))
        return fail("a header is cut off or of an unknown type");
    message.payload = bytes.substr(preludeBytes + headers);
    message.payload.remove_suffix(crcBytes);
    ++m_number;
    return true;
}

bool AwsEventStream::readHeaders(std::string_view headers, Message &message)
{
    while (!headers.empty()) {
        const auto nameSize = take(headers, 1);
        const auto name = take(headers, number(*nameSize));
        const auto type = name ? take(headers, 1) : std::nullopt;
        const auto value = type ? takeValue(headers, number(*type)) : std::nullopt;
        if (!value)
            return false;
        if (*name == ":message-type")
            message.type = *value;
        else if (*name == ":event-type" || *name == ":exception-type" || *name == ":error-code")
            message.name = *value;
        else if (*name == ":error-message")
            message.error = *value;
    }
    return true;
}

bool AwsEventStream::fail(std::string_view what)
{
    m_fault = "message " + std::to_string(m_number) + " of the event stream: ";
    m_fault += what;
    return false;
}

} // namespace farthing
