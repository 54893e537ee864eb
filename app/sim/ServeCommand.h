// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farthing::sim {

struct ServeOptions
{
    std::string listen = "127.0.0.1:4242";
    std::uint64_t seed = 1;
    std::string profile = "fast";
    double latencyScale = 1;
    std::vector<std::string> faults;
    double faultRate = 0;
};

/// Serves until SIGINT or SIGTERM. Prints {"listening":"HOST:PORT"} on stdout once it does. Returns the exit
/// code.
int serve(const ServeOptions &options);

} // namespace farthing::sim
