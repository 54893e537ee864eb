// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"

#include <span>

namespace farthing {

/// The steps of events.db, in order. A released step is never changed, only followed by another.
std::span<const Migration> migrations();

namespace migration {
Result<void> events(Database &database);  ///< 1: events, their details, strings, state
Result<void> compact(Database &database); ///< 2: an event is one row, of bytes
Result<void> rollups(Database &database); ///< 3: sums and distributions by stretch of time
Result<void> horizon(Database &database); ///< 4: since when events and sums are kept
} // namespace migration

} // namespace farthing
