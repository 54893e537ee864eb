// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/LoadRunner.h"

#include <cstddef>
#include <limits>
#include <string>

namespace farthing::sim {

struct ReplayOptions
{
    std::string traceFile; ///< empty with `sampleDay`
    bool sampleDay = false;
    std::size_t sampleCalls = 2000;
    std::size_t limit = std::numeric_limits<std::size_t>::max();
    std::string speed = "max"; ///< "max", or a factor
    PlanOptions plan;
    LoadOptions load;
    bool json = false;
    bool progressLines = false; ///< JSON progress lines on stdout, for a program that watches
};

/// Sends the trace or the sample day through the proxy and prints a summary. Returns 0 where every call got
/// the answer it was due, 1 where some did not, 2 where nothing could be sent (arguments, trace).
int replay(ReplayOptions options);

} // namespace farthing::sim
