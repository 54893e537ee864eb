// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/EventRow.h"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace farthing {

/// Numbers strings, inside the caller's transaction.
class StringDictionary
{
public:
    static Result<StringDictionary> open(Database &database);
    Result<std::int64_t> idOf(Database &database, const std::string &text);
    /// After a rollback: numbers given since the last commit never were.
    void forget() { m_ids.clear(); }

private:
    StringDictionary(Statement find, Statement insert)
        : m_find(std::move(find))
        , m_insert(std::move(insert))
    {}
    Statement m_find;
    Statement m_insert;
    std::unordered_map<std::string, std::int64_t> m_ids;
};

/// Writes events as rows. The caller holds a transaction, and calls `finish` before it commits.
class EventInserter
{
public:
    static Result<EventInserter> open(Database &database);

    /// True where a row was written, false where this event is there already.
    Result<bool> insert(Database &database, const CostEvent &event);
    /// Brings the counters of `state` and the table `recent` up to what was written.
    Result<void> finish(Database &database);
    void rolledBack();
    /// Writes an event that is there anew, under the same row id. `wasPriced` is what the row said so far.
    Result<void> replace(Database &database, std::int64_t rowId, const CostEvent &event, bool wasPriced);

private:
    /// The events of an instant that has many, so that each further one need not read them all.
    struct Crowd
    {
        std::unordered_set<std::int64_t> idLows;
        std::int64_t next = 0; ///< rows up to here are taken
        std::int64_t end = 0;  ///< where the instant's last row can be
    };

    EventInserter(StringDictionary dictionary, Statement insert, Statement rowsOf, Statement taken,
                  Statement detail, Statement recent, Statement count);
    Result<EventRow> toRow(Database &database, const CostEvent &event);
    /// Nothing where the event is there already.
    Result<std::optional<std::int64_t>> freeRowId(Database &database, const CostEvent &event,
                                                  std::int64_t idLow);
    Result<std::optional<std::int64_t>> freeRowIdAmong(Database &database, Crowd &crowd, std::int64_t idLow);
    Result<Crowd> readCrowd(Database &database, std::int64_t first);
    void forgetWritten();
    Result<void> writeDetail(Database &database, std::int64_t rowId, const CostEvent &event);

    StringDictionary m_dictionary;
    Statement m_insert;
    Statement m_rowsOf;
    Statement m_taken;
    Statement m_detail;
    Statement m_recent;
    Statement m_count;
    std::unordered_map<std::int64_t, Crowd> m_crowds; ///< by first row id; of this transaction
    std::vector<std::int64_t> m_written;
    std::int64_t m_inserted = 0;
    std::int64_t m_unpriced = 0; ///< more or fewer than before
    std::string m_buffer;
};

} // namespace farthing
