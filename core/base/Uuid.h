// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// A 128-bit identifier in network byte order.
struct Uuid
{
    std::array<std::uint8_t, 16> bytes{};

    auto operator<=>(const Uuid &) const = default;
    [[nodiscard]] bool isNull() const { return *this == Uuid{}; }
    /// "0192f3a1-7c4e-7a55-8d1b-0f6c2a9b4e10"
    [[nodiscard]] std::string toString() const;
    void appendTo(std::string &out) const;
    static std::optional<Uuid> parse(std::string_view text);
    /// The instant in a version 7 id, to the microsecond where Farthing made it.
    [[nodiscard]] Timestamp timeOfV7() const;
    /// Whether it is a version 7 id of that microsecond as Farthing writes them: with the lower 64 bits, the
    /// time gives the whole id.
    [[nodiscard]] bool isV7Of(Timestamp time) const;
};

/// Makes UUIDv7 (RFC 9562, method 3): 48 bits of milliseconds, 12 bits of sub-millisecond fraction, 62 random
/// bits. The fraction holds the microsecond exactly, so that an event's id and its `time` say the same
/// instant. One generator per thread; it is cheap and not synchronised.
class UuidV7Generator
{
public:
    UuidV7Generator();
    Uuid make(Timestamp at);

private:
    std::uint64_t next();
    std::array<std::uint64_t, 4> m_state{};
};

/// A version 7 id for an instant whose 62 random bits come from `seed`: the same input always gives the same
/// id, so that importing a file twice finds what the first import wrote.
Uuid makeDerivedUuidV7(Timestamp at, std::string_view seed);

} // namespace farthing
