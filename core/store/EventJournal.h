// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace farthing {

/// A memory-mapped, append-only log of calls: an intent before a call goes out, its outcome when it ends. An
/// append is a few stores into mapped memory, no system call, and survives the death of the process at any
/// moment. One writer process (guarded by the data directory's lock); begin/progress/end/append may be called
/// from any thread.
class EventJournal
{
public:
    struct Options
    {
        std::uint64_t segmentBytes = 4ULL * 1024 * 1024;
        std::uint64_t maxBytes = 256ULL * 1024 * 1024; ///< what it may hold while the store does not drain it
        /// Prices a call that a dead process left open, before it is recorded.
        std::function<void(CostEvent &)> onDeadCall = {};
    };
    /// An open intent; give it back to end() exactly once.
    struct Ticket
    {
        std::uint64_t value = 0;
    };
    /// Where the reader is: everything before it has been handed out.
    struct Position
    {
        std::uint64_t segment = 0;
        std::uint64_t offset = 0;
        auto operator<=>(const Position &) const = default;
    };
    struct Stats
    {
        std::uint64_t bytes = 0;
        std::uint64_t openIntents = 0;
        std::uint64_t pendingEvents = 0;     ///< outcomes not yet released
        std::optional<Timestamp> fullSince;  ///< it refuses calls, for want of room
        std::uint64_t unreadableRecords = 0; ///< set aside, or lost to damage, since the journal was opened
        std::uint64_t unreadableFiles = 0;   ///< in the folder: damaged segments, and records set aside
    };

    /// Opens the folder of segments. Intents that a dead process left open are closed here as outcomes with
    /// status 598 (appended before anything else, so that dying again closes them once), usage estimated from
    /// what was relayed.
    static Result<std::unique_ptr<EventJournal>> open(const std::filesystem::path &dir,
                                                      const Options &options);
    static Result<std::unique_ptr<EventJournal>> open(const std::filesystem::path &dir)
    {
        return open(dir, Options());
    }
    virtual ~EventJournal() = default;
    EventJournal(const EventJournal &) = delete;
    EventJournal &operator=(const EventJournal &) = delete;

    /// Names this journal; a store keeps it beside its position, so that a position of another journal is not
    /// believed.
    [[nodiscard]] virtual Uuid id() const = 0;

    /// `intent` holds all that is known before the call goes out, with usage estimated as if only the input
    /// were billed.
    virtual Result<Ticket> begin(const CostEvent &intent) = 0;
    /// What a 598 would have to say if the process died now: the status the client has seen so far (0: none),
    /// estimated output tokens.
    virtual void progress(Ticket ticket, int status, std::int64_t outputTokens) = 0;
    virtual Result<void> end(Ticket ticket, const CostEvent &outcome) = 0;
    /// An event that had no intent: ingested, or answered in place of an upstream.
    virtual Result<void> append(const CostEvent &outcome) = 0;
    /// Several of them, all or none, also where the process dies meanwhile. False where they are more than it
    /// takes at once, however empty it is.
    virtual Result<bool> appendAll(std::span<const CostEvent> outcomes) = 0;

    /// What a reader took: how many outcomes, and where to go on.
    struct Taken
    {
        std::uint64_t events = 0;
        Position next;
        bool more = false; ///< as many as were asked for were there
    };
    /// `metered` where an intent came before it since the machine was started: a call through this proxy.
    using Take = std::function<Result<void>(const CostEvent &, bool metered)>;
    /// Hands `max` outcomes after `from` to `take`, fewer at the end and more where they were appended
    /// together, those of one reading in the order in which their
    /// requests arrived, which is that of the store's rows. Its error ends the reading and is returned. What
    /// cannot be read is set aside in the folder, counted, and never in the way. Reader side, one thread.
    virtual Result<Taken> read(Position from, std::size_t max, const Take &take) = 0;
    struct Batch
    {
        std::vector<CostEvent> events;
        Position next;
    };
    /// The same, collected.
    Result<Batch> read(Position from, std::size_t max);
    /// The store has committed everything before `upTo`: segments without an open intent that lie before it
    /// are recycled.
    virtual void release(Position upTo) = 0;
    /// Blocks until there is something after `from` or the time is over.
    virtual void waitForMore(Position from, std::chrono::milliseconds atMost) = 0;
    /// Ends a waitForMore() that is under way, else the next one.
    virtual void wake() = 0;
    [[nodiscard]] virtual Stats stats() const = 0;

protected:
    EventJournal() = default;
};

} // namespace farthing
