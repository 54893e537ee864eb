// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <array>
#include <string>
#include <string_view>

namespace farthing {

/// 256 bits that are wiped from memory when they go.
class SecretKey
{
public:
    using Bytes = std::array<unsigned char, 32>;

    explicit SecretKey(const Bytes &bytes)
        : m_bytes(bytes)
    {}
    SecretKey(const SecretKey &) = default;
    SecretKey &operator=(const SecretKey &) = default;
    ~SecretKey();

    /// A new one of random bits.
    static Result<SecretKey> make();
    /// 64 hexadecimal digits, and a line's end or none.
    static Result<SecretKey> parse(std::string_view text);
    [[nodiscard]] std::string toHex() const;

    [[nodiscard]] const Bytes &bytes() const { return m_bytes; }
    /// A key for one purpose, from which nobody gets back to this one: HMAC-SHA256 over purpose and salt.
    [[nodiscard]] SecretKey derive(std::string_view purpose, std::string_view salt) const;

private:
    Bytes m_bytes;
};

} // namespace farthing
