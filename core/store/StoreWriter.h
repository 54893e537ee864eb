// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/Time.h"
#include "core/store/EventJournal.h"
#include "core/store/retention/Retention.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace farthing {

/// The only writer of the store. Drains the journal in group commits; the journal position is written in the
/// same transaction as the rows, so an event is never lost and never twice. A store that cannot be written
/// keeps its reason here and is tried again; meanwhile the journal holds the events.
class StoreWriter
{
public:
    struct Health
    {
        bool ok = true;
        std::string error;                 ///< why not
        std::optional<Timestamp> since;    ///< since when
        std::string lastError;             ///< the last one, also where it is over
        std::uint64_t failures = 0;        ///< times that it began to fail
        std::uint64_t committedEvents = 0; ///< by this writer
        std::optional<Timestamp> lastCommit;
    };

    struct Options
    {
        /// Each commit waits for the disk, and a group waits 2 ms rather than 20 ms for more events.
        bool syncEachCommit = false;
        KeptDays kept = {}; ///< what is older is removed between groups, for ten milliseconds at a time
    };
    /// Creates or migrates the database (0600) when it can; a database that cannot be opened now is tried
    /// again.
    static std::unique_ptr<StoreWriter> start(const std::filesystem::path &database, EventJournal &journal,
                                              Options options);
    static std::unique_ptr<StoreWriter> start(const std::filesystem::path &database, EventJournal &journal)
    {
        return start(database, journal, Options());
    }
    virtual ~StoreWriter() = default; ///< stops after a last drain
    StoreWriter(const StoreWriter &) = delete;
    StoreWriter &operator=(const StoreWriter &) = delete;

    [[nodiscard]] virtual Health health() const = 0;
    /// Waits until everything journalled before the call is committed.
    virtual bool flush(std::chrono::milliseconds atMost) = 0;
    /// The same, but false at once where waiting is in vain: while the store fails, and after one wait was
    /// too short until something is committed again. Whoever asks then does not hold up who comes behind.
    virtual bool flushUnlessStuck(std::chrono::milliseconds atMost) = 0;

protected:
    StoreWriter() = default;
};

} // namespace farthing
