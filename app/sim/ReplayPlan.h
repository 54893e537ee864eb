// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Trace.h"
#include "app/sim/Workflows.h"

#include <cstdint>
#include <string>
#include <vector>

namespace farthing::sim {

/// A call that will be made: a row of the trace, and who makes it for what.
struct PlannedCall
{
    TraceRow row;
    const Workflow *workflow = nullptr;
    std::string feature;
    std::string user;
    std::string session;
    std::uint64_t promptSeed = 0; ///< equal seeds of a workflow are equal prompts
    bool stream = false;
    bool aborts = false; ///< the client goes away after the first bytes of the stream
    std::string fault;   ///< what `X-Sim-Fault` asks for
};

struct PlanOptions
{
    std::uint64_t seed = 1;
    double errorShare = 0.01;
    double abortShare = 0.005;
};

/// Gives each row of a trace a workflow by weight, a user by Zipf's law, a feature and a session. The same
/// seed gives the same plan.
std::vector<PlannedCall> planTrace(std::vector<TraceRow> rows, const PlanOptions &options);

/// A day of `calls` calls made up from the workflows' own hours and token distributions, in the order of
/// time.
std::vector<PlannedCall> planSampleDay(std::size_t calls, const PlanOptions &options);

} // namespace farthing::sim
