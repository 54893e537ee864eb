// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventCodec.h"

#include <cstdlib>

/// Any bytes as a journalled event: refused, or else the event survives being written and read again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    const std::string_view bytes(reinterpret_cast<const char *>(data), size);
    CostEvent event;
    if (decodeEvent(bytes, event)) {
        std::string written;
        encodeEvent(event, written);
        CostEvent again;
        if (!decodeEvent(written, again))
            std::abort();
        std::string twice;
        encodeEvent(again, twice);
        if (twice != written)
            std::abort();
    }
    CostEvent details;
    if (decodeDetail(bytes, details)) {
        std::string written;
        encodeDetail(details, Timestamp() - details.time, written);
        details.time = {};
        if (!decodeDetail(written, details))
            std::abort();
    }
    return 0;
}
