// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"

namespace farthing {

std::string withThousands(std::int64_t number)
{
    std::string text = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first + 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

} // namespace farthing
