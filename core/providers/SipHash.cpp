// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/SipHash.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace farthing {

namespace {

constexpr std::size_t wordSize = 8;

std::uint64_t littleEndian(const void *bytes)
{
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t word = 0;
    std::memcpy(&word, bytes, wordSize);
    return word;
}

} // namespace

SipHash::SipHash(const std::array<std::uint8_t, 16> &key)
    : m_lanes{littleEndian(key.data()) ^ 0x736f6d6570736575U,
              littleEndian(key.data() + wordSize) ^ 0x646f72616e646f6dU,
              littleEndian(key.data()) ^ 0x6c7967656e657261U,
              littleEndian(key.data() + wordSize) ^ 0x7465646279746573U}
{}

void SipHash::Lanes::round()
{
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
}

void SipHash::Lanes::compress(std::uint64_t word)
{
    v3 ^= word;
    round();
    v0 ^= word;
}

void SipHash::update(std::string_view bytes)
{
    m_size += bytes.size();
    if (m_tailSize > 0) {
        const std::size_t filled = std::min(wordSize - m_tailSize, bytes.size());
        bytes.copy(m_tail.data() + m_tailSize, filled);
        m_tailSize += filled;
        bytes.remove_prefix(filled);
        if (m_tailSize < wordSize)
            return;
        m_lanes.compress(littleEndian(m_tail.data()));
        m_tailSize = 0;
    }
    Lanes lanes = m_lanes; // which the compiler keeps in registers: no byte can be part of it
    for (; bytes.size() >= wordSize; bytes.remove_prefix(wordSize))
        lanes.compress(littleEndian(bytes.data()));
    m_lanes = lanes;
    bytes.copy(m_tail.data(), bytes.size());
    m_tailSize = bytes.size();
}

void SipHash::update(std::uint64_t word)
{
    std::array<char, wordSize> bytes{};
    std::memcpy(bytes.data(), &word, wordSize);
    update(std::string_view(bytes.data(), wordSize));
}

std::uint64_t SipHash::finish()
{
    std::fill(m_tail.begin() + static_cast<std::ptrdiff_t>(m_tailSize), m_tail.end(), '\0');
    constexpr int lengthShift = 56;
    m_lanes.compress(littleEndian(m_tail.data()) | (m_size << lengthShift));
    m_lanes.v2 ^= 0xff;
    for (int i = 0; i < 3; ++i)
        m_lanes.round();
    return m_lanes.v0 ^ m_lanes.v1 ^ m_lanes.v2 ^ m_lanes.v3;
}

} // namespace farthing
