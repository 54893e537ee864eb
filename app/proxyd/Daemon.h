// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace farthing {

struct DaemonOptions
{
    std::optional<std::filesystem::path> dataDir;
    std::optional<std::string> listen;
    std::vector<int> passedSockets = {}; ///< from a service manager; they win over every address
};

/// Reads every file a person edits; the first that is wrong, with its line.
Result<void> checkFiles(const DaemonOptions &options);

/// Serves until SIGTERM or SIGINT; then ends what is under way, within a bound. Fails where it cannot start.
Result<void> serve(const DaemonOptions &options);

} // namespace farthing
