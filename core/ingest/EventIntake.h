// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/IngestRequest.h"
#include "core/pricing/PriceBook.h"
#include "core/store/EventJournal.h"
#include "core/store/StoreWriter.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace farthing {

/// Since the process began.
struct IngestCounters
{
    std::atomic<std::uint64_t> events = 0;     ///< acknowledged, those sent again included
    std::atomic<std::uint64_t> rejected = 0;   ///< bad events, and all that came with them; bad spans
    std::atomic<std::uint64_t> passedHere = 0; ///< spans of calls that this proxy has metered itself
};

/// Takes events that others metered: prices them and has them in the journal before they are acknowledged.
/// One request at a time; it may wait for the store.
class EventIntake
{
public:
    struct Tools
    {
        EventJournal *journal = nullptr; ///< null where there is none, because of `journalError`
        std::string journalError;
        StoreWriter *writer = nullptr;
        std::filesystem::path database;
        std::shared_ptr<const PriceBook> prices;
        std::string listen;                      ///< this proxy's address
        std::optional<Timestamp> keptSince = {}; ///< older events are refused: the store would remove them
        IngestCounters &counters;
    };

    explicit EventIntake(Tools tools)
        : m_tools(std::move(tools))
    {}

    /// POST /farthing/v1/events: an object, an array, or (application/x-ndjson) an object a line, all or
    /// none. Answers with the events' ids in their order; an error names the event and its field.
    ///
    /// What names an event, so that sending it again counts once: its event_id, its idempotency_key, its
    /// call_id with its attempt, or the request's Idempotency-Key with its place. Where it does not say when
    /// it was, it is looked for among those of the last day, and its name with another content is a 409; a
    /// time is part of the name. An event without a name is one of its own each time.
    [[nodiscard]] IngestReply takeEvents(const IngestRequest &request) const;
    /// POST /otlp/v1/traces as OTLP/HTTP has it. Bad spans are rejected alone; others that are no calls of a
    /// model are taken and not kept. A span's event has an id made of its trace's id and its own.
    [[nodiscard]] IngestReply takeSpans(const IngestRequest &request) const;

private:
    enum class Taken { All, TooMany, NotNow };
    struct Recording
    {
        Taken taken = Taken::All;
        std::string why;
    };
    struct Posted;

    /// `repeatable` events keep their ids when they are sent again, so that they may be taken in parts.
    [[nodiscard]] Recording record(std::span<CostEvent> events, const IngestRequest &request,
                                   bool repeatable) const;
    [[nodiscard]] Result<bool> append(std::span<const CostEvent> events, bool repeatable) const;
    [[nodiscard]] Result<void> checkKept(const CostEvent &event) const;
    /// Gives those the time at which they were sent before, where they were. Refuses one whose name another
    /// has.
    [[nodiscard]] std::optional<IngestReply> recallTimes(std::span<Posted> posted,
                                                         const IngestRequest &request) const;

    Tools m_tools;
};

} // namespace farthing
