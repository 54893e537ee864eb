// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/ReplyReader.h"

namespace farthing {

/// Reads the usage object of Anthropic's Messages, wherever they are served: its tier, and with `iterations`
/// what really ran, one part for each model. `model` is the one that answered.
void readAnthropicUsage(JsonReader::Object &usage, std::string_view model, UsageReport &report);

} // namespace farthing
