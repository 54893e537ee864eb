// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Trace.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::string_view csv(reinterpret_cast<const char *>(data), size);
    const auto rows = farthing::sim::parseTrace(csv, 1000);
    if (rows.ok() ? rows->size() > 1000 : rows.error().place.empty())
        std::abort();
    return 0;
}
