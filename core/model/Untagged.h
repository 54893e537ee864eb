// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace farthing {

/// The workflow of calls of which nobody says whose they are.
constexpr std::string_view untagged = "untagged";

} // namespace farthing
