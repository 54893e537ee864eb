// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Uuid.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace farthing {

/// Appends variable-length integers, length-prefixed texts and raw bytes to a buffer. Integers are unsigned
/// LEB128; signed ones are folded so that small ones of either sign stay short.
class ByteWriter
{
public:
    /// Writes to the end of `out`, which is whole again when the writer goes: until then it has room behind
    /// it, so that small pieces need no look at the string's capacity.
    explicit ByteWriter(std::string &out, std::size_t firstRoom = usualRoom)
        : m_out(out)
    {
        const std::size_t before = out.size();
        m_out.resize(before + firstRoom);
        m_at = m_out.data() + before;
        m_end = m_at + firstRoom;
    }
    ~ByteWriter() { m_out.resize(static_cast<std::size_t>(m_at - m_out.data())); }
    ByteWriter(const ByteWriter &) = delete;
    ByteWriter &operator=(const ByteWriter &) = delete;

    void unsignedInt(std::uint64_t value)
    {
        needRoom(10);
        while (value >= 0x80) {
            *m_at++ = static_cast<char>(value | 0x80);
            value >>= 7;
        }
        *m_at++ = static_cast<char>(value);
    }
    void integer(auto value)
    {
        const auto wide = static_cast<std::int64_t>(value);
        unsignedInt((static_cast<std::uint64_t>(wide) << 1) ^ static_cast<std::uint64_t>(wide >> 63));
    }
    /// For what is rarely negative: that takes ten bytes.
    void count(std::int64_t value) { unsignedInt(static_cast<std::uint64_t>(value)); }
    void byte(std::uint8_t value)
    {
        needRoom(1);
        *m_at++ = static_cast<char>(value);
    }
    void enumeration(auto value, auto /*last*/) { byte(static_cast<std::uint8_t>(value)); }
    void flag(bool value) { byte(value ? 1 : 0); }
    void text(std::string_view value)
    {
        unsignedInt(value.size());
        bytes(value.data(), value.size());
    }
    void fixed(std::uint64_t value) { copy(value); }
    void uuid(const Uuid &id) { copy(id.bytes); }
    void bytes(const void *from, std::size_t size)
    {
        if (size == 0)
            return; // an empty text may lie nowhere
        needRoom(size);
        std::memcpy(m_at, from, size);
        m_at += size;
    }

private:
    static constexpr std::size_t usualRoom = 128;

    void copy(const auto &value)
    {
        needRoom(sizeof value);
        std::memcpy(m_at, &value, sizeof value);
        m_at += sizeof value;
    }
    void needRoom(std::size_t size)
    {
        if (static_cast<std::size_t>(m_end - m_at) < size) [[unlikely]]
            grow(size);
    }
    void grow(std::size_t size)
    {
        const auto written = static_cast<std::size_t>(m_at - m_out.data());
        m_out.resize(2 * m_out.size() + size);
        m_at = m_out.data() + written;
        m_end = m_out.data() + m_out.size();
    }

    std::string &m_out;
    char *m_at = nullptr;
    char *m_end = nullptr;
};

} // namespace farthing
