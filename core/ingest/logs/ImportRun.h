// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace farthing {

struct ImportOptions
{
    /// Says of each bad row, skips it, and writes some ten thousand events at a time. Without it the first
    /// one ends the import, and all is written at once or nothing is.
    std::function<void(const Error &)> onBadRow;
    /// Called some times a second at least while there is something to do, with the bytes read so far.
    /// False ends the import, and what was not yet written is not.
    std::function<bool(std::uint64_t bytes)> goOn;
    /// Of calls that are in the store under another id, and are not written again.
    std::function<bool(const CostEvent &)> isMetered;
    /// Changes each event before it is priced: a workflow or a user that the files do not name.
    std::function<void(CostEvent &)> complete;
};

struct ImportReport
{
    std::uint64_t written = 0;
    std::uint64_t alreadyThere = 0;
    std::uint64_t grown = 0;   ///< were there with less output, and were replaced
    std::uint64_t metered = 0; ///< see ImportOptions::isMetered
    std::uint64_t skipped = 0; ///< bad rows
    std::uint64_t tooOld = 0;  ///< of before what the store keeps, and left out like bad rows
    std::uint64_t listCostsLeftOut = 0;
    bool isCancelled = false;
};

/// Reads and prices the source's events on a thread of its own, and writes them into the store meanwhile,
/// which it creates or migrates where it has to. Memory does not grow with the source, but for what it keeps
/// to know its events again.
Result<ImportReport> runImport(EventSource &source, const std::filesystem::path &database,
                               const PriceBook &book, const ImportOptions &options);

} // namespace farthing
