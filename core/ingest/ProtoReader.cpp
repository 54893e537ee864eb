// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/ProtoReader.h"

namespace farthing {

bool ProtoReader::varint(std::uint64_t &value)
{
    constexpr std::size_t longest = 10;
    value = 0;
    for (std::size_t i = 0; i < longest && i < m_rest.size(); ++i) {
        const auto byte = static_cast<unsigned char>(m_rest[i]);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            m_rest.remove_prefix(i + 1);
            return true;
        }
    }
    return false;
}

bool ProtoReader::fixed(std::size_t size, std::uint64_t &value)
{
    if (m_rest.size() < size)
        return false;
    value = 0;
    for (std::size_t i = 0; i < size; ++i)
        value |= static_cast<std::uint64_t>(static_cast<unsigned char>(m_rest[i])) << (8 * i);
    m_rest.remove_prefix(size);
    return true;
}

bool ProtoReader::value(Field &field)
{
    std::uint64_t size = 0;
    switch (field.wire) {
    case Wire::Varint:
        return varint(field.value);
    case Wire::Fixed64:
        return fixed(8, field.value);
    case Wire::Fixed32:
        return fixed(4, field.value);
    case Wire::Bytes:
        if (!varint(size) || size > m_rest.size())
            return false;
        field.bytes = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
        return true;
    }
    return false;
}

bool ProtoReader::next(Field &field)
{
    if (m_rest.empty() || m_malformed)
        return false;
    std::uint64_t tag = 0;
    const bool tagged = varint(tag) && tag >> 3 > 0 && tag >> 3 < (1U << 29);
    field = {.number = static_cast<std::uint32_t>(tag >> 3), .wire = static_cast<Wire>(tag & 7), .bytes = {}};
    m_malformed = !tagged || !value(field);
    return !m_malformed;
}

} // namespace farthing
