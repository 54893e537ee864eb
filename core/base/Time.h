// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// A UTC instant in microseconds since 1970, as stored everywhere.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
using Micros = std::chrono::microseconds;

constexpr std::int64_t toMicros(Timestamp t)
{
    return t.time_since_epoch().count();
}
constexpr Timestamp fromMicros(std::int64_t us)
{
    return Timestamp(Micros(us));
}

/// RFC 3339 with microseconds, "2026-11-23T21:52:25.000123Z".
std::string formatRfc3339(Timestamp t);
void appendRfc3339(std::string &out, Timestamp t);
/// RFC 3339 with any offset and 0 to 9 fractional digits, or a bare date (midnight UTC); an instant that lies
/// in the years 0 to 9999 in UTC too.
Result<Timestamp> parseRfc3339(std::string_view text);

/// Abstract so that tests can set the time.
class Clock
{
public:
    Clock() = default;
    virtual ~Clock() = default;
    Clock(const Clock &) = delete;
    Clock &operator=(const Clock &) = delete;

    [[nodiscard]] virtual Timestamp now() const = 0;
};

class SystemClock final : public Clock
{
public:
    [[nodiscard]] Timestamp now() const override;
};

} // namespace farthing
