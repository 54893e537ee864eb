// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Random.h"
#include "core/base/Result.h"
#include "core/base/Time.h"

#include <cstdint>
#include <string_view>

namespace farthing::sim {

/// What a call makes the model do, in tokens.
struct Work
{
    std::int64_t freshInput = 0; ///< what the prompt cache did not hold
    std::int64_t output = 0;
};

/// How long a call takes: until its first token, and for each further one.
struct Delay
{
    Micros first{0};
    Micros perToken{0};
};

/// Times drawn from log-normal distributions, as measured latencies of hosted models roughly are.
class LatencyProfile
{
public:
    LatencyProfile() = default; ///< no latency at all
    /// "fast", "typical" or "slow"; `scale` multiplies every time, 0 is none.
    static Result<LatencyProfile> named(std::string_view name, double scale);

    /// Tokens that come from the prompt cache need not be read again, so only the others delay the first
    /// token.
    [[nodiscard]] Delay draw(Random &random, const Work &work) const;

private:
    double m_scale = 0;
    double m_firstMs = 0;
    double m_firstSigma = 0;
    double m_inputTokenMs = 0;
    double m_tokenMs = 0;
};

} // namespace farthing::sim
