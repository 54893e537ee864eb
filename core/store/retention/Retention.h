// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/PrefixMarks.h"
#include "core/store/rollup/RollupKeeper.h"

#include <optional>

namespace farthing {

/// For how many days events, and their sums, are kept; 0: for ever. Sums for no fewer days than events.
struct KeptDays
{
    int events = 0;
    int sums = 0;
    bool operator==(const KeptDays &) const = default;
};

/// The first moment, the beginning of a day (UTC), that is kept by so many days; nothing where all is.
std::optional<Timestamp> keptSince(int days, Timestamp now);

/// Removes what is older than it is to be kept, by whole days (UTC), a little at a time inside transactions
/// of the store's writer. A day goes in this order: its events are summed up; the Horizon moves behind it,
/// from where on nobody reads its rows; these are removed, then its lists of the most expensive events. Sums
/// are not touched before they are older than they are to be kept themselves. An event that arrives too late
/// is summed up like any other, and its row removed again.
class Retention
{
public:
    static Result<Retention> open(Database &database, KeptDays days);
    /// Whether there is something to do. Costs a few look-ups.
    Result<bool> isDue(Database &database, Timestamp now);
    /// Does some of it, for about ten milliseconds; the caller commits.
    Result<void> step(Database &database, Timestamp now);

private:
    struct State
    {
        std::int64_t eventsFrom = 0, sumsFrom = 0, marksChecked = 0, marksUntil = 0;
        std::int64_t folded = 0;
        std::optional<std::int64_t> firstRow;
        std::int64_t eventsWanted = 0, sumsWanted = 0; ///< where the horizon is to be
        bool hasOldSums = false, hasOldLists = false;
    };

    Retention(KeptDays days, RollupKeeper keeper, PrefixMarkReader marks);
    Result<void> prepare(Database &database);
    Result<State> look(Database &database, Timestamp now);
    [[nodiscard]] static bool isDue(const State &state);
    Result<void> checkMarks(Database &database, const State &state);
    Result<void> moveHorizon(Database &database, const State &state);
    Result<void> removeRows(Database &database, std::int64_t below);
    Result<void> removeSums(Database &database, std::int64_t below);
    Result<void> removeLists(Database &database, std::int64_t below);
    Result<void> set(Database &database, Statement &statement, std::int64_t value);

    KeptDays m_days;
    RollupKeeper m_keeper;
    PrefixMarkReader m_marks;
    Statement m_state, m_oldPart, m_oldList;
    Statement m_marked, m_writeMarks, m_setMarks;
    Statement m_setEvents, m_setSums;
    Statement m_rows, m_removeRows, m_count;
    Statement m_lastPart, m_removeParts, m_removeLists;
};

} // namespace farthing
