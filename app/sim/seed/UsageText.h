// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Workflows.h"
#include "core/model/TokenUsage.h"

#include <string>

namespace farthing::sim {

/// The usage object of a reply as that provider's API writes it; `out` is what it was, anew.
void writeUsage(CallStyle style, const TokenUsage &usage, std::string &out);

} // namespace farthing::sim
