// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing {

/// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012), fed in pieces. Whole
/// prompts pass through it; with the fewer rounds it is what Python and Rust key their tables with.
class SipHash
{
public:
    explicit SipHash(const std::array<std::uint8_t, 16> &key);

    void update(std::string_view bytes);
    void update(std::uint64_t word);
    /// The hash of what was fed; the state is used up.
    [[nodiscard]] std::uint64_t finish();

private:
    struct Lanes
    {
        void compress(std::uint64_t word);
        void round();

        std::uint64_t v0, v1, v2, v3;
    };

    Lanes m_lanes;
    std::array<char, 8> m_tail{};
    std::size_t m_tailSize = 0;
    std::uint64_t m_size = 0;
};

} // namespace farthing
