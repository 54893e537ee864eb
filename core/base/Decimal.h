// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

enum class DecimalStatus { Ok, Malformed, OutOfRange, Inexact };

struct ScaledDecimal
{
    DecimalStatus status = DecimalStatus::Malformed;
    std::int64_t value = 0; ///< rounded half to even where status is Inexact
};

/// Reads "12", "-0.5", ".25", "1.5e-7" and multiplies by 10^scale10 in integers: no binary floating point
/// touches it.
ScaledDecimal parseScaledDecimal(std::string_view text, int scale10);

/// Appends `value` divided by 10^places as a plain decimal without trailing zeros: 1,234,500 with 3 places is
/// "1234.5".
void appendScaledDecimal(std::string &out, std::int64_t value, int places);

} // namespace farthing
