// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Uuid.h"

#include <cstdint>
#include <cstring>
#include <string_view>

namespace farthing {

/// Reads back what a ByteWriter wrote. Safe on any bytes: what is not there reads as 0 or empty, and `ok`
/// says so afterwards.
class ByteReader
{
public:
    explicit ByteReader(std::string_view in)
        : m_at(in.data())
        , m_end(in.data() + in.size())
    {}
    [[nodiscard]] bool ok() const { return m_ok; }
    [[nodiscard]] bool atEnd() const { return m_at == m_end; }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(m_end - m_at); }
    void fail() { m_ok = false; }

    /// Most are of one byte.
    [[gnu::always_inline]] std::uint64_t unsignedInt()
    {
        if (m_at != m_end && static_cast<std::uint8_t>(*m_at) < 0x80)
            return static_cast<std::uint8_t>(*m_at++);
        return longInt();
    }
    std::int64_t integer()
    {
        const std::uint64_t raw = unsignedInt();
        return static_cast<std::int64_t>((raw >> 1) ^ (~(raw & 1) + 1));
    }
    /// Fails where the value does not fit.
    template <class Int>
    void integer(Int &value)
    {
        const std::int64_t wide = integer();
        value = static_cast<Int>(wide);
        m_ok = m_ok && static_cast<std::int64_t>(value) == wide;
    }
    void count(std::int64_t &value) { value = static_cast<std::int64_t>(unsignedInt()); }
    std::uint8_t byte()
    {
        if (m_at == m_end) {
            m_ok = false;
            return 0;
        }
        return static_cast<std::uint8_t>(*m_at++);
    }
    template <class Enum>
    void enumeration(Enum &value, Enum last)
    {
        const std::uint8_t one = byte();
        m_ok = m_ok && one <= static_cast<std::uint8_t>(last);
        value = m_ok ? static_cast<Enum>(one) : Enum{};
    }
    void flag(bool &value)
    {
        const std::uint8_t one = byte();
        m_ok = m_ok && one <= 1;
        value = one == 1;
    }
    std::string_view text() { return take(unsignedInt()); }
    std::uint64_t fixed()
    {
        std::uint64_t value = 0;
        if (const std::string_view from = take(sizeof value); from.size() == sizeof value)
            std::memcpy(&value, from.data(), sizeof value);
        return value;
    }
    void uuid(Uuid &id)
    {
        if (const std::string_view from = take(id.bytes.size()); from.size() == id.bytes.size())
            std::memcpy(id.bytes.data(), from.data(), from.size());
    }
    /// The next `size` bytes, or none.
    std::string_view take(std::uint64_t size)
    {
        if (!m_ok || size > left()) {
            m_ok = false;
            return {};
        }
        const std::string_view found(m_at, size);
        m_at += size;
        return found;
    }

private:
    std::uint64_t longInt()
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t one = byte();
            value |= static_cast<std::uint64_t>(one & 0x7f) << shift;
            if ((one & 0x80) == 0)
                return value;
        }
        m_ok = false;
        return 0;
    }

    const char *m_at;
    const char *m_end;
    bool m_ok = true;
};

} // namespace farthing
