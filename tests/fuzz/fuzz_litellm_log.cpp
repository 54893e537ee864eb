// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as LiteLLM's spend logs, as rows of JSON or of CSV: refused, or events that the store can take.
#include "core/ingest/logs/LiteLlmLog.h"
#include "core/model/CsvRows.h"
#include "core/model/JsonRows.h"
#include "tests/fuzz/Pieces.h"
#include "tests/fuzz/UsageRules.h"

using namespace farthing;

namespace {

Result<void> check(const Result<CostEvent> &event)
{
    if (!event)
        return event.error();
    requireConsistent(event->usage);
    require(event->eventId.isV7Of(event->time) && event->callId == event->eventId);
    require(event->priced == event->cost.has_value() && !event->workflow.empty() && !event->endpoint.empty());
    require(event->delivered() == event->error.empty());
    return {};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = 1 + input.choice() % 64;
    const std::string_view text = input.rest();
    LiteLlmLog log;
    if (const auto form = JsonRows::formOf(text)) {
        JsonRows rows(*form, [&log](const Result<std::string_view> &row, std::size_t) {
            if (row)
                std::ignore = check(log.eventOf(*row));
            return Result<void>();
        });
        Result<void> done;
        feedInPieces(text, piece, [&](std::string_view part) {
            if (done)
                done = rows.feed(part);
        });
        if (done)
            std::ignore = rows.finish();
        return 0;
    }
    CsvRows rows({[&log](std::vector<std::string> &names) { return log.setColumns(names); },
                  [&log](std::vector<std::string> &cells) { return check(log.eventOf(cells)); },
                  [](const Error &) { return true; }});
    Result<void> done;
    feedInPieces(text, piece, [&](std::string_view part) {
        if (done)
            done = rows.feed(part);
    });
    if (done)
        std::ignore = rows.finish();
    return 0;
}
