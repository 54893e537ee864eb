// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventCsv.h"

#include <cstdlib>

/// Any bytes as an event in JSON: refused with a message, or else it survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    const auto event = eventFromJson({reinterpret_cast<const char *>(data), size});
    if (!event) {
        if (event.error().message.empty())
            std::abort();
        return 0;
    }
    const auto again = eventFromJson(toJson(*event, false));
    if (!again || again->eventId != event->eventId)
        std::abort();
    return 0;
}
