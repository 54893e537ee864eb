// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
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

} // namespace farthing
