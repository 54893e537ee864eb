// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/RowReader.h"
#include "core/store/costliest/CostliestList.h"
#include "core/store/costliest/CostliestPlace.h"

#include <array>
#include <unordered_map>

namespace farthing {

/// Keeps the lists of the most expensive events in step with the rows, inside the transactions that write
/// these. Each hour and day that has a row has its list.
class CostliestKeeper
{
public:
    static Result<CostliestKeeper> open(Database &database);

    /// The row is there.
    Result<void> add(Database &database, CostOfRow event);
    /// The row is about to be written anew.
    Result<void> remove(Database &database, std::int64_t rowId);
    /// To be called before each commit.
    Result<void> finish(Database &database);
    void rolledBack();

    /// Makes all lists anew from the rows, from this one on; days begin there, or everything does.
    Result<void> rebuild(Database &database, std::int64_t first);

private:
    struct Open
    {
        CostliestList list;
        bool changed = false;
    };

    CostliestKeeper(RowReader rows, Statement find, Statement write, Statement scan);
    Result<Open *> listOf(Database &database, CostliestPlace place);
    Result<CostliestList> build(Database &database, CostliestPlace place);

    RowReader m_rows;
    Statement m_find;
    Statement m_write;
    Statement m_scan;
    std::unordered_map<std::int64_t, Open> m_lists; ///< of this transaction, by place
    struct Recent
    {
        CostliestPlace place;
        Open *open = nullptr;
    };
    std::array<Recent, CostliestPlace::spans.size()> m_recent; ///< events mostly come in order of time
};

} // namespace farthing
