// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace farthing {

struct BackupOptions
{
    bool replace = false; ///< a file that is there
    /// Called some hundred times with the bytes that are copied, of how many; false ends it, as an error.
    std::function<bool(std::uint64_t done, std::uint64_t all)> progress = {};
};

struct BackupMade
{
    std::uint64_t events = 0; ///< that the copy holds
    std::uint64_t bytes = 0;
};

/// Copies the store as it is at this moment to `target`, which appears whole or not at all, mode 0600; a
/// symbolic link stays one, and what it leads to is written. Whoever writes to the store goes on meanwhile
/// and never waits; only its write-ahead log cannot begin anew, and grows by what is written. Takes a few
/// megabytes of memory. Fails where the target is the store itself, or a database that is in use, and where
/// the disk has no room; then nothing of it is left. What the journal holds and the store does not is not in
/// the copy.
Result<BackupMade> backUp(const std::filesystem::path &database, const std::filesystem::path &target,
                          const BackupOptions &options);

} // namespace farthing
