// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Context.h"
#include "core/store/MeteredCalls.h"

#include <functional>
#include <string>

namespace farthing {

class EventSource;
struct CostEvent;

/// What every import takes.
struct ImportArguments
{
    std::string onError;
    bool json = false;
    std::string workflow;
    std::string feature;
    std::string user;

    void addTo(CLI::App &command, const char *defaultOnError);
    /// For files that do not say whose calls they are.
    void addNamesTo(CLI::App &command);
    void complete(CostEvent &event) const;
};

/// Reads the source into the store, with progress, and says what came of it. `name` is the file, where there
/// is one that errors do not name themselves. Calls that are among `metered` are not written again.
ExitCode importFrom(const Context &context, EventSource &source, const ImportArguments &arguments,
                    const std::string &name, const MeteredCalls &metered = {});

/// Each adds its subcommand to `import`.
void addCsvImport(CLI::App &group, const Context &context, ExitCode &exit);

} // namespace farthing
