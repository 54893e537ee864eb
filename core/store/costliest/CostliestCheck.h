// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/rollup/RollupCheck.h"

namespace farthing {

class Database;

/// Compares the lists of the most expensive events with the rows, within the caller's snapshot: each must be
/// whole down to its floor. Adds to `verdict`.
Result<void> verifyCostliest(Database &database, RollupVerdict &verdict);

} // namespace farthing
