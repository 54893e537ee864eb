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
    : m_v0(littleEndian(key.data()) ^ 0x736f6d6570736575U)
    , m_v1(littleEndian(key.data() + wordSize) ^ 0x646f72616e646f6dU)
    , m_v2(littleEndian(key.data()) ^ 0x6c7967656e657261U)
    , m_v3(littleEndian(key.data() + wordSize) ^ 0x7465646279746573U)
{}

void SipHash::round()
{
    m_v0 += m_v1;
    m_v1 = std::rotl(m_v1, 13) ^ m_v0;
    m_v0 = std::rotl(m_v0, 32);
    m_v2 += m_v3;
    m_v3 = std::rotl(m_v3, 16) ^ m_v2;
    m_v0 += m_v3;
    m_v3 = std::rotl(m_v3, 21) ^ m_v0;
    m_v2 += m_v1;
    m_v1 = std::rotl(m_v1, 17) ^ m_v2;
    m_v2 = std::rotl(m_v2, 32);
}

void SipHash::compress(std::uint64_t word)
{
    m_v3 ^= word;
    round();
    round();
    m_v0 ^= word;
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
        compress(littleEndian(m_tail.data()));
        m_tailSize = 0;
    }
    for (; bytes.size() >= wordSize; bytes.remove_prefix(wordSize))
        compress(littleEndian(bytes.data()));
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
    compress(littleEndian(m_tail.data()) | (m_size << lengthShift));
    m_v2 ^= 0xff;
    for (int i = 0; i < 4; ++i)
        round();
    return m_v0 ^ m_v1 ^ m_v2 ^ m_v3;
}

} // namespace farthing
