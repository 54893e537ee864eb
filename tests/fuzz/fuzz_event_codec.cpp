// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/EventCodec.h"
#include "core/store/EventShape.h"

#include <cstdlib>

/// Any bytes as a journalled event, a row or its shape: refused, or else it survives being written and read again.
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
    decodeDetailOfSchema1(bytes, details);
    EventRow row;
    if (decodeRow(bytes, row)) {
        std::string written;
        encodeRow(row.event, row, written);
        EventRow again;
        if (!decodeRow(written, again) || again.event.cost != row.event.cost ||
            again.event.listCost != row.event.listCost || again.texts != row.texts ||
            again.event.usage != row.event.usage || again.event.latencyUs != row.event.latencyUs)
            std::abort();
    }
    EventShape shape;
    if (EventShape::decode(bytes, shape)) {
        std::string written;
        shape.encode(written);
        if (!EventShape::decode(written, shape))
            std::abort();
    }
    return 0;
}
