// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as OpenAI's usage: refused, or events whose tokens add up to what was told.
#include "core/ingest/logs/OpenAiUsageLog.h"
#include "core/model/CsvRows.h"
#include "core/model/JsonRows.h"
#include "tests/fuzz/Pieces.h"
#include "tests/fuzz/UsageRules.h"

#include <algorithm>

using namespace farthing;

namespace {

void check(std::vector<CallSum> &sums)
{
    constexpr std::uint64_t mostSpread = 2000;
    for (CallSum &sum : sums) {
        require(sum.calls > 0 && sum.calls <= OpenAiUsageLog::mostCalls && sum.start < sum.end);
        requireConsistent(sum.event.usage);
        if (sum.calls > mostSpread)
            continue;
        TokenUsage all;
        Timestamp before = sum.start;
        SpreadCalls calls(sum);
        std::uint64_t count = 0;
        for (CostEvent event; calls.next(event); ++count) {
            requireConsistent(event.usage);
            require(event.time >= before && event.time < sum.end && event.eventId.isV7Of(event.time));
            before = event.time;
            all += event.usage;
        }
        require(count == sum.calls && all == sum.event.usage);
    }
    sums.clear();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t piece = 1 + input.choice() % 64;
    const std::string_view text = input.rest();
    OpenAiUsageLog log;
    std::vector<CallSum> sums;
    const auto feedAll = [&](auto &rows) {
        Result<void> done;
        feedInPieces(text, piece, [&](std::string_view part) {
            if (done)
                done = rows.feed(part);
        });
        if (done)
            std::ignore = rows.finish();
        check(sums);
    };
    if (const auto form = JsonRows::formOf(text)) {
        JsonRows rows(*form, [&](const Result<std::string_view> &row, std::size_t) {
            if (row)
                std::ignore = log.take(*row, sums);
            return Result<void>();
        });
        feedAll(rows);
        return 0;
    }
    CsvRows rows({[&log](std::vector<std::string> &names) { return log.setColumns(names); },
                  [&](std::vector<std::string> &cells) { return log.take(cells, sums); },
                  [](const Error &) { return true; }});
    feedAll(rows);
    return 0;
}
