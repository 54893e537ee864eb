// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <filesystem>

namespace farthing {

struct Compacted
{
    std::uint64_t before = 0; ///< bytes of the file
    std::uint64_t after = 0;
};

/// Writes the store anew, without the pages that what was removed has left. Nobody else can write meanwhile:
/// the proxy keeps its events in the journal. Besides the file, the disk needs room for twice what remains;
/// where it has not, or the work ends early, the store stays as it was.
Result<Compacted> compactStore(const std::filesystem::path &database);

} // namespace farthing
