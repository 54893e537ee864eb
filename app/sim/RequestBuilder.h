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

/// Writes the prompt of a planned call in its wire's form. The prompt is as long as the trace says and starts
/// with what the workflow's calls share, or with the trace's own blocks. `upstream` names another upstream
/// for the OpenAI calls.
OutgoingCall buildRequest(const PlannedCall &call, const std::string &upstream);

} // namespace farthing::sim
