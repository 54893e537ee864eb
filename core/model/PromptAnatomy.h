// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace farthing {

enum class PromptSegment : std::uint8_t { System, Tools, Context, History, User };
constexpr std::size_t promptSegmentCount = 5;

/// What a prompt was made of, without its text: estimated tokens and a keyed hash (a secret of this
/// installation) for each segment, and hashes of the prefix at block boundaries, from which a later reader
/// finds where a prefix broke.
struct PromptAnatomy
{
    struct Segment
    {
        std::int32_t tokens = 0; ///< estimated from bytes
        std::uint64_t hash = 0;  ///< 0 where the segment is absent
        bool operator==(const Segment &) const = default;
    };
    /// The prefix up to `tokens` (estimated) hashes to `hash`.
    struct PrefixMark
    {
        std::int32_t tokens = 0;
        std::uint64_t hash = 0;
        bool operator==(const PrefixMark &) const = default;
    };

    std::array<Segment, promptSegmentCount> segments{};
    std::vector<PrefixMark> prefix;

    bool operator==(const PromptAnatomy &) const = default;
    [[nodiscard]] const Segment &operator[](PromptSegment s) const
    {
        return segments[static_cast<std::size_t>(s)];
    }
    [[nodiscard]] Segment &operator[](PromptSegment s) { return segments[static_cast<std::size_t>(s)]; }
};

} // namespace farthing
