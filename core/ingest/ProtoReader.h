// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace farthing {

/// Walks the fields of one Protocol Buffers message (https://protobuf.dev/programming-guides/encoding/),
/// without copying any. Messages inside of it are bytes, for a reader of their own.
class ProtoReader
{
public:
    enum class Wire : std::uint8_t { Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5 };
    struct Field
    {
        std::uint32_t number = 0;
        Wire wire = Wire::Varint;
        std::uint64_t value = 0; ///< of a varint or a fixed one
        std::string_view bytes;

        [[nodiscard]] bool is(std::uint32_t wanted, Wire as) const { return number == wanted && wire == as; }
    };

    explicit ProtoReader(std::string_view message)
        : m_rest(message)
    {}

    /// False at the end, and where the bytes are no message; groups, which proto3 has not, are none.
    bool next(Field &field);
    [[nodiscard]] bool malformed() const { return m_malformed; }

private:
    bool varint(std::uint64_t &value);
    bool fixed(std::size_t size, std::uint64_t &value);
    bool value(Field &field);

    std::string_view m_rest;
    bool m_malformed = false;
};

} // namespace farthing
