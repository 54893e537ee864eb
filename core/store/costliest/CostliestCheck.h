// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/rollup/RollupCheck.h"

namespace farthing {

class Database;

/// Compares the lists of the most expensive events with the rows, from `first` on, within the caller's
/// snapshot: each must be whole down to its floor. Adds to `verdict`.
Result<void> verifyCostliest(Database &database, std::int64_t first, RollupVerdict &verdict);

} // namespace farthing
