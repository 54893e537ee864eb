// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventSums.h"

namespace farthing {

/// Answer what QueryService::histogram and QueryService::spendCurve ask, within the caller's snapshot.
Result<EventHistogram> histogramOf(const StoreReader &store, EventMeasure measure, const EventFilter &filter,
                                   std::size_t most, const std::atomic<bool> *cancel);
Result<SpendCurve> spendCurveOf(const StoreReader &store, std::optional<Dimension> of,
                                const EventFilter &filter, const std::atomic<bool> *cancel);

} // namespace farthing
