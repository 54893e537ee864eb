// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing {

/// XXH3: finds damage and spreads keys over tables. The same on every machine and in every version, so files
/// may hold it. It keeps no secret: what must not be guessed is hashed with SipHash.
std::uint64_t fastHash(std::string_view bytes);

/// For maps from texts that are looked up by views.
struct TextHash
{
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return static_cast<std::size_t>(fastHash(text)); }
};

} // namespace farthing
