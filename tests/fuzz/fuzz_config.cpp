// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/Config.h"
#include "core/model/Filter.h"

#include <cstdlib>

/// Any bytes as farthing.json, and as a filter on the command line: refused with a message, or taken.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto config = parseConfig(text);
    if (!config && config.error().message.empty())
        std::abort();
    if (config && config->upstreams.size() < 3)
        std::abort();
    const auto filter = parseDimensionFilter(text);
    if (!filter && filter.error().message.empty())
        std::abort();
    return 0;
}
