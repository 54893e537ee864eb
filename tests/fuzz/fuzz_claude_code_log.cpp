// SPDX-License-Identifier: GPL-3.0-or-later
// Whatever a transcript holds: usage that adds up, one event a message, and lines read from where they lie.
#include "core/ingest/logs/ClaudeCodeLog.h"
#include "core/ingest/logs/FileLines.h"
#include "tests/fuzz/Pieces.h"
#include "tests/fuzz/UsageRules.h"

#include <map>
#include <memory>

using namespace farthing;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    FuzzInput input(data, size);
    const std::size_t between = 1 + input.choice() % 8;
    ClaudeCodeLog log;
    std::vector<CostEvent> events;
    std::string_view rest = input.rest();
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        // What lies behind a line is no part of it, whatever it is.
        const auto own = std::make_unique<char[]>(line.size() + FileLines::padding);
        line.copy(own.get(), line.size());
        std::fill_n(own.get() + line.size(), FileLines::padding, number % 2 == 0 ? '"' : '7');
        std::ignore = log.take({own.get(), line.size()});
        if (number % between == 0)
            log.takeSettled(events);
    }
    log.takeAll(events);
    for (const CostEvent &event : events) {
        requireConsistent(event.usage);
        require(event.eventId.isV7Of(event.time) && event.callId == event.eventId);
        require(event.usage != TokenUsage{} && !event.rawUsage.empty());
    }
    // The same call comes again only where it has grown.
    std::map<Uuid, std::int64_t> output;
    for (const CostEvent &event : events) {
        const auto [before, isNew] = output.try_emplace(event.eventId, event.usage.output);
        require(isNew || before->second < event.usage.output);
        before->second = event.usage.output;
    }
    return 0;
}
