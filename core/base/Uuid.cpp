// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Uuid.h"

#include <algorithm>
#include <cstring>
#include <openssl/evp.h>
#include <random>

namespace farthing {

namespace {

int hexValue(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// 4096 steps over a millisecond; rounding up makes the way back by rounding down exact for whole
/// microseconds.
std::uint64_t fractionOf(std::int64_t micros)
{
    return static_cast<std::uint64_t>((micros * 4096 + 999) / 1000);
}
std::int64_t microsOf(std::uint64_t fraction)
{
    return static_cast<std::int64_t>(fraction * 1000 / 4096);
}

Uuid assemble(Timestamp at, std::uint64_t random)
{
    const std::int64_t us = toMicros(at);
    const auto ms = static_cast<std::uint64_t>(us / 1000);
    const std::uint64_t high = (ms << 16) | 0x7000U | fractionOf(us % 1000);
    const std::uint64_t low = (random & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;
    Uuid id;
    for (unsigned i = 0; i < 8; ++i) {
        id.bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
        id.bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
    }
    return id;
}

std::uint64_t rotateLeft(std::uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

} // namespace

void Uuid::appendTo(std::string &out) const
{
    static constexpr char digits[] = "0123456789abcdef";
    std::array<char, 36> text;
    char *at = text.data();
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    out.append(text.data(), text.size());
}

std::string Uuid::toString() const
{
    std::string text;
    appendTo(text);
    return text;
}

std::optional<Uuid> Uuid::parse(std::string_view text)
{
    if (text.size() != 36)
        return std::nullopt;
    Uuid id;
    std::size_t byte = 0;
    for (std::size_t i = 0; i < 36;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i++] != '-')
                return std::nullopt;
            continue;
        }
        const int high = hexValue(text[i]);
        const int low = hexValue(text[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        id.bytes[byte++] = static_cast<std::uint8_t>(high * 16 + low);
        i += 2;
    }
    return id;
}

Timestamp Uuid::timeOfV7() const
{
    std::uint64_t high = 0;
    for (unsigned i = 0; i < 8; ++i)
        high = (high << 8) | bytes[i];
    return fromMicros(static_cast<std::int64_t>(high >> 16) * 1000 + microsOf(high & 0xfffU));
}

bool Uuid::isV7Of(Timestamp time) const
{
    const Uuid same = assemble(time, 0);
    return std::equal(bytes.begin(), bytes.begin() + 8, same.bytes.begin());
}

UuidV7Generator::UuidV7Generator()
{
    std::random_device device;
    for (auto &word : m_state)
        word = (static_cast<std::uint64_t>(device()) << 32) | device();
}

/// xoshiro256** (Blackman, Vigna 2018): ids must be unique, not unguessable.
std::uint64_t UuidV7Generator::next()
{
    const std::uint64_t result = rotateLeft(m_state[1] * 5, 7) * 9;
    const std::uint64_t t = m_state[1] << 17;
    m_state[2] ^= m_state[0];
    m_state[3] ^= m_state[1];
    m_state[1] ^= m_state[2];
    m_state[0] ^= m_state[3];
    m_state[2] ^= t;
    m_state[3] = rotateLeft(m_state[3], 45);
    return result;
}

Uuid UuidV7Generator::make(Timestamp at)
{
    return assemble(at, next());
}

Uuid makeDerivedUuidV7(Timestamp at, std::string_view seed)
{
    unsigned char digest[32] = {};
    unsigned int size = 0;
    EVP_Digest(seed.data(), seed.size(), digest, &size, EVP_sha256(), nullptr);
    std::uint64_t random = 0;
    std::memcpy(&random, digest, sizeof random);
    return assemble(at, random);
}

} // namespace farthing
