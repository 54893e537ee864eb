// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/Time.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// How the times of a foreign file are written. By default RFC 3339, or a number since 1970 whose size says
/// whether it counts seconds, milliseconds or microseconds: no time of these years can be meant by two of
/// them.
class TimeFormat
{
public:
    TimeFormat() = default;
    /// "auto", "rfc3339", "unix", "unix-ms", "unix-us", or a pattern as strptime(3) takes it, with the
    /// conversions %Y %y %m %b %B %d %e %H %I %M %S %p %F %D %T %R %a %A %z %%, and %f for
    /// decimals of a second. The pattern has to say year, month and day. What it reads is UTC unless %z says
    /// otherwise; names of months and days are English.
    static Result<TimeFormat> of(std::string_view name);

    [[nodiscard]] Result<Timestamp> read(std::string_view text) const;

private:
    enum class Kind { Auto, Rfc3339, Seconds, Milliseconds, Microseconds, Pattern };

    [[nodiscard]] Result<Timestamp> readPattern(std::string_view text) const;

    Kind m_kind = Kind::Auto;
    std::string m_pattern; ///< without its %f
    std::string m_before;  ///< what stands before the %f; empty where there is none
};

} // namespace farthing
