// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace farthing {

/// Where a client on this machine reaches what listens at "host:port": there, or on loopback where that is
/// every address (0.0.0.0, [::]).
std::string addressForClients(std::string_view listen);

} // namespace farthing
