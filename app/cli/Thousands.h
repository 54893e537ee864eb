// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace farthing {

/// 1234567 as "1,234,567".
std::string withThousands(std::int64_t number);

} // namespace farthing
