// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace farthing::sim {

/// FNV-1a over `bytes`, continued from `state`: the same bytes in any cut give the same hash.
constexpr std::uint64_t kHashStart = 0xcbf29ce484222325ULL;
constexpr std::uint64_t hashBytes(std::string_view bytes, std::uint64_t state = kHashStart)
{
    for (const char c : bytes) {
        state ^= static_cast<unsigned char>(c);
        state *= 0x100000001b3ULL;
    }
    return state;
}

/// Spreads every bit of `x` over the result (the finaliser of SplitMix64).
constexpr std::uint64_t mix(std::uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

/// SplitMix64: the same seed gives the same sequence on every machine, which the standard's distributions do
/// not promise.
class Random
{
public:
    explicit Random(std::uint64_t seed)
        : m_state(seed)
    {}

    std::uint64_t next() { return mix(m_state += 0x9e3779b97f4a7c15ULL); }
    /// In [0, bound); 0 where bound is 0.
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
    /// In [0, 1).
    double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    double normal();
    /// Median and sigma of the logarithm.
    double logNormal(double median, double sigma);

private:
    std::uint64_t m_state;
};

} // namespace farthing::sim
