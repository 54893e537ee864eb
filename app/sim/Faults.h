// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Random.h"
#include "core/base/Result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farthing::sim {

enum class Fault : std::uint8_t {
    None,
    RateLimited, ///< 429 with retry-after
    ServerError, ///< 500
    Overloaded,  ///< 529 from Anthropic, 503 from the others
    Reset,       ///< the connection is reset before any answer
    Truncate,    ///< the reply breaks off in the middle
    Hang,        ///< the reply stops and the connection stays open
    Slow,        ///< two seconds more before the first token, ten times the time for each
    Malformed,   ///< status 200 and a body that is no JSON
    StreamError, ///< a stream that ends with the provider's error event
};

/// "429", "500", "529", "reset", "truncate", "hang", "slow", "malformed", "stream-error".
Result<Fault> faultOf(std::string_view name);

/// Which calls fail, and how.
class FaultPlan
{
public:
    /// "KIND" for every call, or "KIND=SHARE" with a share in 0..1.
    Result<void> add(std::string_view specification);
    /// A share of all calls, spread evenly over the faults that a client meets in practice.
    void addMixed(double share);

    /// The header `X-Sim-Fault` decides, then a model called "sim-fault-KIND", then chance. An unknown name
    /// in either of the first two is an error.
    Result<Fault> choose(std::string_view header, std::string_view model, Random &random) const;

private:
    std::vector<std::pair<Fault, double>> m_shares;
};

} // namespace farthing::sim
