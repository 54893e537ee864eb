// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/DetailCodec.h"
#include "core/store/EventRow.h"
#include "core/store/PrefixMarks.h"
#include "core/store/ShapeDictionary.h"
#include "core/store/costliest/CostliestKeeper.h"
#include "core/store/rollup/RollupKeeper.h"

#include <string>
#include <unordered_map>
#include <vector>

namespace farthing {

/// Writes events as rows. The caller holds a transaction, and calls `finish` before it commits.
class EventInserter
{
public:
    static Result<EventInserter> open(Database &database, RollupPace pace = {});

    enum class Inserted { New, AlreadyThere, Replaced };
    /// An event that is there already stays as it is.
    Result<Inserted> insert(Database &database, const CostEvent &event);
    /// One that is there with fewer output tokens is replaced.
    Result<Inserted> insertGrown(Database &database, const CostEvent &event);
    /// The same for what this proxy metered itself: it takes the place of what others posted under its id.
    Result<void> insertMetered(Database &database, const CostEvent &event);
    /// Brings the counters of `state`, the table `recent` and the rollups up to what was written.
    Result<void> finish(Database &database);
    /// Brings rows of before into the rollups, some tens of thousands. Until then `isBehind`.
    Result<void> catchUp(Database &database);
    [[nodiscard]] bool isBehind() const { return !m_kept || m_kept->rollups.isBehind(); }
    void rolledBack();
    /// Writes an event that is there anew, under the same row id. `wasPriced` is what the row said so far.
    Result<void> replace(Database &database, std::int64_t rowId, const CostEvent &event, bool wasPriced);
    /// Writes a row of an earlier schema under its old id; it is neither counted nor new.
    Result<void> convert(Database &database, std::int64_t rowId, const CostEvent &event);

private:
    /// The events of an instant that has many, so that each further one need not read them all.
    struct Crowd
    {
        std::unordered_map<std::int64_t, std::int64_t> rowIds; ///< by the lower bits of the events' ids
        std::int64_t next = 0;                                 ///< rows up to here are taken
        std::int64_t end = 0;                                  ///< where the instant's last row can be
    };

    /// Where an event lies, or where it can.
    struct Place
    {
        std::int64_t rowId = 0;
        bool isThere = false;
    };

    EventInserter(Dictionary strings, ShapeDictionary shapes, DetailWriter details, RollupPace pace);
    Result<void> prepare(Database &database);
    /// All that does not depend on where the row will lie.
    Result<void> encode(Database &database, const CostEvent &event);
    Result<void> write(Database &database, Statement &statement, std::int64_t rowId, const CostEvent &event);
    Result<Place> noteInserted(Database &database, std::int64_t rowId, const CostEvent &event);
    /// What is kept in step with the rows.
    struct Kept
    {
        RollupKeeper rollups;
        CostliestKeeper costliest;

        Result<void> add(Database &database, std::int64_t rowId, const CostEvent &event);
        Result<void> remove(Database &database, std::int64_t rowId);
        Result<void> finish(Database &database);
    };
    Result<Kept *> kept(Database &database);
    Result<Place> insertBesideOthers(Database &database, const CostEvent &event);
    Result<Place> insertAnywhere(Database &database, const CostEvent &event);
    Result<Place> placeOf(Database &database, const CostEvent &event, std::int64_t idLow);
    Result<Place> placeAmong(Database &database, Crowd &crowd, std::int64_t idLow);
    /// False where its bytes are no row.
    Result<bool> readRow(Database &database, std::int64_t rowId, EventRow &row);
    Result<Crowd> readCrowd(Database &database, std::int64_t first);
    Result<void> noteRecent(Database &database, std::int64_t last);
    void forgetWritten();

    Dictionary m_strings;
    ShapeDictionary m_shapes;
    DetailWriter m_details;
    PrefixMarkWriter m_marks;
    RollupPace m_pace;
    std::optional<Kept> m_kept; ///< from the first event on: schemas of before have none of it
    Statement m_insert;
    Statement m_replace;
    Statement m_rowsOf;
    Statement m_taken;
    Statement m_recent;
    Statement m_trim;
    Statement m_count;
    std::unordered_map<std::int64_t, Crowd> m_crowds; ///< by first row id; of this transaction
    std::vector<std::int64_t> m_written;
    std::int64_t m_inserted = 0;
    std::int64_t m_unpriced = 0; ///< more or fewer than before
    RowNumbers m_numbers;
    std::string m_rowBytes;
    std::string m_markBytes;
    std::string m_detailBytes;
};

} // namespace farthing
