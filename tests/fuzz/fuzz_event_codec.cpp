// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/DetailCodec.h"
#include "core/store/EventCodec.h"
#include "core/store/EventImport.h"
#include "core/store/EventShape.h"
#include "core/store/PrefixMarks.h"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <unistd.h>

namespace {

using namespace farthing;

/// Readers over a store in which one conversation is, so that some numbers lead somewhere.
struct Store
{
    Store()
    {
        std::filesystem::remove(path);
        CostEvent event;
        event.time = fromMicros(1'760'000'000'000'000);
        std::vector<CostEvent> events(3, event);
        for (CostEvent &e : events) {
            e.time += Micros(&e - events.data());
            e.eventId = makeDerivedUuidV7(e.time, "");
            e.rawUsage = "{\"a\":5}";
            e.tags = {{"k", "v"}};
            e.anatomy[PromptSegment::System] = {7, 7};
            e.anatomy.prefix.assign(static_cast<std::size_t>(&e - events.data()) + 1, {5, 5});
        }
        if (!writeEvents(path, events))
            std::abort();
        database.emplace(*Database::open(path, Database::Access::ReadOnly));
        strings.emplace(*StringTable::open(*database));
        details.emplace(*DetailReader::open(*database));
        marks.emplace(*PrefixMarkReader::open(*database));
    }
    ~Store() { std::filesystem::remove(path); }
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;

    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("fuzz-store-" + std::to_string(::getpid()));
    std::optional<Database> database;
    std::optional<StringTable> strings;
    std::optional<DetailReader> details;
    std::optional<PrefixMarkReader> marks;
};

} // namespace

/// Any bytes as a journalled event, a row or its shape: refused, or else it survives being written and read
/// again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
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
    static Store store;
    store.details->read(bytes, *store.strings, details);
    store.marks->read(1'760'000'000'000'003 * idsPerMicrosecond, bytes, details.anatomy.prefix);
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
