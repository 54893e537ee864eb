// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventRow.h"
#include "core/store/RowRange.h"

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>

namespace farthing {

/// An hour or a day (UTC) that has a list of its most expensive events.
struct CostliestPlace
{
    enum class Span : std::uint8_t { Hour, Day };
    static constexpr std::array spans = {Span::Hour, Span::Day};

    Span span = Span::Hour;
    std::int64_t bucket = 0; ///< lengths since 1970
    auto operator<=>(const CostliestPlace &) const = default;

    static constexpr std::int64_t idsOf(Span span)
    {
        using namespace std::chrono_literals;
        return Micros(span == Span::Hour ? 1h : 24h).count() * idsPerMicrosecond;
    }
    static constexpr CostliestPlace of(Span span, std::int64_t rowId) { return {span, rowId / idsOf(span)}; }
    /// In the table `costliest`.
    [[nodiscard]] constexpr std::int64_t id() const { return static_cast<std::int64_t>(span) << 32 | bucket; }
    static constexpr CostliestPlace fromId(std::int64_t id)
    {
        return {static_cast<Span>(id >> 32 & 1), id & 0xffffffff};
    }
    [[nodiscard]] constexpr RowRange rows() const
    {
        return {bucket * idsOf(span), (bucket + 1) * idsOf(span)};
    }
    /// How many its list holds: enough for a page, of a day also for some more.
    [[nodiscard]] constexpr std::size_t capacity() const { return span == Span::Hour ? 64 : 256; }
};

} // namespace farthing
