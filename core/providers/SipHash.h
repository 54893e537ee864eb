// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing {

/// SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), fed in pieces.
class SipHash
{
public:
    explicit SipHash(const std::array<std::uint8_t, 16> &key);

    void update(std::string_view bytes);
    void update(std::uint64_t word);
    /// The hash of what was fed; the state is used up.
    [[nodiscard]] std::uint64_t finish();

private:
    void compress(std::uint64_t word);
    void round();

    std::uint64_t m_v0, m_v1, m_v2, m_v3;
    std::array<char, 8> m_tail{};
    std::size_t m_tailSize = 0;
    std::uint64_t m_size = 0;
};

} // namespace farthing
