// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/ReplayPlan.h"
#include "app/sim/RequestBuilder.h"
#include "core/base/Result.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace farthing::sim {

struct LoadOptions
{
    std::string proxy; ///< base URL
    TargetUpstreams upstreams;
    double speed = 0; ///< how many times faster than the trace; 0: as fast as answers come
    std::size_t concurrency = 16;
};

/// How far a replay has come.
struct Progress
{
    std::size_t done = 0;
    std::size_t total = 0;
    double seconds = 0; ///< since the start

    [[nodiscard]] double rate() const { return seconds > 0 ? static_cast<double>(done) / seconds : 0; }
    [[nodiscard]] double etaSeconds() const
    {
        return rate() > 0 ? static_cast<double>(total - done) / rate() : 0;
    }
};

struct LoadSummary
{
    Progress progress;
    std::map<long, std::size_t> statuses; ///< answers by HTTP status
    std::size_t streams = 0;
    std::size_t aborted = 0;    ///< given up on purpose after the first bytes
    std::size_t injected = 0;   ///< answers that were asked to be errors
    std::size_t failed = 0;     ///< no answer, or one that broke off
    std::size_t unexpected = 0; ///< error answers that nobody asked for
    std::string firstFailure;
    std::int64_t bytesReceived = 0;
    std::vector<double> latenciesMs; ///< of the answers that came whole
};

/// Makes the calls with libcurl, at most `concurrency` at a time, in the order of the plan. `report` is
/// called a few times a second. Fails only where no call can be made at all.
Result<LoadSummary> runLoad(const std::vector<PlannedCall> &calls, const LoadOptions &options,
                            const std::function<void(const Progress &)> &report);

} // namespace farthing::sim
