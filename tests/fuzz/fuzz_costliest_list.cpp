// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a list's bytes are: it descends to its floor, and what it writes reads back as the same.
#include "core/store/costliest/CostliestList.h"

#include <algorithm>
#include <cstdlib>
#include <functional>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    constexpr std::size_t capacity = 64;
    auto list = CostliestList::decode({reinterpret_cast<const char *>(data), size}, capacity);
    if (!list)
        return 0;
    if (!std::ranges::is_sorted(list->entries(), std::greater()) ||
        (!list->entries().empty() && list->entries().back() <= list->floor()))
        std::abort();
    list->add({1000, 5});
    std::string bytes;
    list->encode(bytes);
    const auto again = CostliestList::decode(bytes, capacity);
    if (!again || again->entries() != list->entries() || again->floor() != list->floor())
        std::abort();
    return 0;
}
