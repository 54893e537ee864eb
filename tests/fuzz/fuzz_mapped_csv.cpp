// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as somebody else's CSV, under one of some mappings: the same however they are cut, and events
// that the store can take.
#include "core/ingest/logs/MappedCsv.h"
#include "tests/fuzz/Pieces.h"

using namespace farthing;

namespace {

CsvMapping mapping(std::size_t choice)
{
    CsvMapping mapping;
    const char *const times[] = {"auto", "unix-ms", "%Y-%m-%d %H:%M:%S", "%d/%b/%y %I:%M.%f %p %z"};
    mapping.setTimes(*TimeFormat::of(times[choice % 4]));
    require(mapping.map("t", "time").ok() && mapping.map("p", "input_tokens").ok() &&
            mapping.map("c", "cost_usd").ok());
    if ((choice & 4U) != 0)
        require(mapping.map("k", "idempotency_key").ok() && mapping.map("g", "tag.g").ok());
    if ((choice & 8U) != 0)
        require(mapping.set("workflow", "w").ok());
    if ((choice & 16U) != 0)
        mapping.setOnlyMapped();
    return mapping;
}

struct Read
{
    std::vector<CostEvent> events;
    std::string error;
};

Read read(std::string_view text, std::size_t piece, std::size_t choice, bool skip)
{
    Read result;
    MappedCsvReader reader((choice & 32U) != 0 ? ';' : ',');
    if (skip)
        reader.onBadRow([](const Error &) { return true; });
    Result<void> done;
    while (!reader.hasHeader() && !text.empty() && done) {
        const auto fed = reader.feedHeader(text.substr(0, piece));
        if (fed)
            text.remove_prefix(*fed);
        else
            done = fed.error();
    }
    if (!reader.hasHeader())
        return result;
    if (done)
        done = reader.bind(mapping(choice));
    if (!done)
        return result;
    feedInPieces(text, piece, [&](std::string_view part) {
        if (done)
            done = reader.feed(part, result.events);
    });
    if (done)
        done = reader.finish(result.events);
    if (!done)
        result.error = done.error().toString();
    return result;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t choice = input.choice();
    const std::size_t piece = 1 + input.choice() % 64;
    for (const bool skip : {false, true}) {
        const Read whole = read(input.rest(), std::max<std::size_t>(1, input.rest().size()), choice, skip);
        const Read pieces = read(input.rest(), piece, choice, skip);
        require(whole.events == pieces.events && whole.error == pieces.error);
        for (const CostEvent &event : whole.events) {
            const TokenUsage &usage = event.usage;
            require(usage.cachedInput + usage.cacheWrite5m + usage.cacheWrite1h <= usage.input);
            require(usage.input >= 0 && usage.output >= 0 && usage.reasoning <= usage.output);
            require(event.eventId.isV7Of(event.time) && !event.workflow.empty());
            require(event.priced == event.cost.has_value());
        }
    }
    return 0;
}
