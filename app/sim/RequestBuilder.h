// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/ReplayPlan.h"

#include <string>
#include <vector>

namespace farthing::sim {

/// An HTTP request, ready to go out.
struct OutgoingCall
{
    std::string path;                 ///< with Farthing's prefixes
    std::vector<std::string> headers; ///< "Name: value"
    std::string body;
};

/// The upstreams that calls name in their path; an empty one leaves it to Farthing, by the shape of the path.
struct TargetUpstreams
{
    std::string openAi;
    std::string anthropic;
    std::string gemini;
};

/// Writes the prompt of a planned call in its wire's form. The prompt is as long as the trace says and starts
/// with what the workflow's calls share, or with the trace's own blocks.
OutgoingCall buildRequest(const PlannedCall &call, const TargetUpstreams &upstreams);

} // namespace farthing::sim
