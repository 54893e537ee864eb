// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/HeaderList.h"

#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// Why a request must not be served, or nothing. A page in a browser can neither name this host by a name of
/// its own (DNS rebinding) nor send an Origin; applications and SDKs do neither.
std::optional<std::string> reasonToRefuse(const HeaderList &headers, std::string_view target);

} // namespace farthing
