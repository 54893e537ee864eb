// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace farthing {

enum class RepriceScope { Unpriced, All };

struct RepriceCount
{
    std::uint64_t looked = 0;
    std::uint64_t changed = 0;
    std::uint64_t damaged = 0; ///< left as they are, for their details cannot be read
};

/// Hands events to `price`, which says whether it changed one, and writes those back. In transactions of a
/// few thousand rows, so that a farthingd that writes beside it waits only for moments: what was written
/// before an error stays, the error says how much that is, and another run does the rest.
Result<RepriceCount> reprice(const std::filesystem::path &database, RepriceScope scope,
                             const std::function<bool(CostEvent &)> &price);

} // namespace farthing
