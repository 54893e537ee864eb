// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventSums.h"

namespace farthing {

/// The period of the same length before. Both ends have to be given.
TimeRange periodBefore(const TimeRange &range);

/// Answers a GroupQuery within the caller's snapshot.
Result<GroupResult> answer(const StoreReader &store, const GroupQuery &query,
                           const std::atomic<bool> *cancel);

} // namespace farthing
