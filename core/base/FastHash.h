// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing {

/// XXH3: finds damage and spreads keys over tables. The same on every machine and in every version, so files
/// may hold it. It keeps no secret: what must not be guessed is hashed with SipHash.
std::uint64_t fastHash(std::string_view bytes);

/// Of a list that goes on from one with the hash `list` (0: the empty one) by `item`, itself a hash. In
/// memory alone.
inline std::uint64_t chainedHash(std::uint64_t list, std::uint64_t item)
{
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide(list + 0x9e3779b97f4a7c15U) * (item ^ 0xd1b54a32d192ed03U);
    return static_cast<std::uint64_t>(product >> 64) ^ static_cast<std::uint64_t>(product);
}

/// For maps from texts that are looked up by views.
struct TextHash
{
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return static_cast<std::size_t>(fastHash(text)); }
};

} // namespace farthing
