// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <optional>
#include <string_view>

/// The spelling of each enumeration in CSV, JSON and on screen; one place for both directions.
namespace farthing {

std::string_view nameOf(Tier tier);
std::string_view nameOf(CacheKind cache);
std::string_view nameOf(UsageSource source);
std::string_view nameOf(PromptSegment segment);

std::optional<Tier> tierOf(std::string_view name);
std::optional<CacheKind> cacheKindOf(std::string_view name);
std::optional<UsageSource> usageSourceOf(std::string_view name);

} // namespace farthing
