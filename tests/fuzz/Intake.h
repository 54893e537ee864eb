// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/EventIntake.h"
#include "core/model/EventLimits.h"
#include "core/store/EventCodec.h"
#include "tests/core/store/RecordingJournal.h"
#include "tests/fuzz/Pieces.h"

namespace farthing {

/// Any bytes as a request: refused with a reason and nothing taken, or taken as events that can be stored.
inline void feedIntake(std::string_view body, std::string_view contentType,
                       IngestReply (EventIntake::*take)(const IngestRequest &) const)
{
    static const auto prices = builtInPriceBook();
    RecordingJournal journal;
    IngestCounters counters;
    const EventIntake intake({.journal = &journal,
                              .journalError = {},
                              .writer = nullptr,
                              .database = {},
                              .prices = prices,
                              .listen = "127.0.0.1:4141",
                              .counters = counters});
    IngestRequest request{.body = body,
                          .contentType = contentType,
                          .contentEncoding = {},
                          .idempotencyKey = {},
                          .mostBytes = std::uint64_t(1) << 24,
                          .sender = {}};
    request.sender.time = fromMicros(1'790'000'000'000'000);
    const IngestReply reply = (intake.*take)(request);
    require(reply.status == 200 || !reply.body.empty());
    require((reply.status == 503) == (reply.retryAfterS > 0));
    require(counters.events == journal.outcomes.size());
    for (const CostEvent &event : journal.outcomes) {
        require(event.eventId.isV7Of(event.time));
        require(event.usage.input >= 0 && event.usage.input <= mostTokens);
        require(event.usage.cachedInput + event.usage.cacheWrite5m + event.usage.cacheWrite1h <=
                event.usage.input);
        require(event.priced == event.cost.has_value());
        std::string bytes;
        encodeEvent(event, bytes);
        CostEvent again;
        require(decodeEvent(bytes, again));
    }
}

} // namespace farthing
