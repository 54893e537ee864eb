// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/RowReader.h"
#include "core/store/rollup/RollupTable.h"

#include <cstdint>
#include <limits>
#include <optional>

namespace farthing {

/// How much a transaction folds in, and how many rows are summed up at once: fewer parts come of many, which
/// take 250 bytes each.
struct RollupPace
{
    std::size_t batch = 8192;
    std::int64_t mostFolded = 65'536; ///< others wait for it

    /// For who writes much and for whom nobody waits.
    static constexpr RollupPace ofImports() { return {65'536, std::numeric_limits<std::int64_t>::max() / 2}; }
};

/// Keeps the rollups in step with the rows, inside the transactions that write these. In every state of the
/// store that can be read, the rollups are the sums of the rows whose ids are below `until`, exactly; the few
/// from there on are read as rows. When there are many of them, or their hour is over, they are folded in.
class RollupKeeper
{
public:
    static Result<RollupKeeper> open(Database &database, RollupPace pace = {});
    /// `until` of the store as it is now.
    static Result<std::int64_t> until(Database &database);

    /// A row is about to be written anew.
    Result<void> remove(Database &database, std::int64_t rowId);
    /// A row was written.
    Result<void> add(Database &database, std::int64_t rowId);
    /// To be called before each commit: brings the rollups up to what was written.
    Result<void> finish(Database &database);
    /// Folds in rows below this id, whatever hour it is, as many as the pace allows; up to which id that is
    /// done.
    Result<std::int64_t> foldBelow(Database &database, std::int64_t id);
    void rolledBack();
    /// Whether there is more to fold in than one transaction did.
    [[nodiscard]] bool isBehind() const { return m_behind; }

private:
    RollupKeeper(RollupTable table, RowReader rows, Statement row, Statement until, Statement setUntil,
                 Statement open, RollupPace pace);
    /// Reads `m_until` unless this transaction has.
    Result<void> begin(Database &database);
    Result<void> noteRow(Database &database, std::int64_t rowId, bool isThere);
    Result<void> flush(Database &database);
    /// The oldest ones: so many, and all below this id.
    Result<void> fold(Database &database, std::int64_t atLeast, std::int64_t below);

    RollupPace m_pace;
    RollupTable m_table;
    RowReader m_rows;
    Statement m_row;
    Statement m_untilStatement;
    Statement m_setUntil;
    Statement m_open;
    RollupBatch m_batch;                 ///< of this transaction, below `until`
    std::optional<std::int64_t> m_until; ///< as this transaction sees it
    std::int64_t m_newest = 0;           ///< row id
    std::int64_t m_unchecked = 0;        ///< rows written since somebody looked how many are to be folded in
    bool m_behind = true;                ///< until somebody has looked
};

} // namespace farthing
