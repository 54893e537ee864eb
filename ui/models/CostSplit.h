// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/pricing/PriceBook.h"

#include <filesystem>
#include <optional>

namespace farthing {

/// What one call's cost was paid for. The parts add up to the cost.
struct CostSplit
{
    Money uncachedInput;
    Money cachedInput;
    Money cacheWrite;
    Money output;
    Money serverTools;
};

/// Nothing where the book is not the one the event was billed at, where several models ran, or where taking a
/// part away would move the call into another tier.
std::optional<CostSplit> splitCost(const CostEvent &event, const PriceBook &book);

} // namespace farthing
