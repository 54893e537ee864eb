// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/base/Time.h"

#include <filesystem>
#include <span>
#include <unordered_map>

namespace farthing {

/// Lower 64 bits of event ids, see lowBits(), and the instants of the events that have them.
using TimesOfIds = std::unordered_map<std::int64_t, Timestamp>;

/// Those of `idLows` that are in the store, among the events since `since`: for events whose sender names
/// them but does not say when they were. There is no index on ids, so every row since then is looked at: 0.1
/// s for 300,000.
Result<TimesOfIds> timesOfIds(const std::filesystem::path &database, Timestamp since,
                              std::span<const std::int64_t> idLows);

} // namespace farthing
