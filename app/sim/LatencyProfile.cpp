// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/LatencyProfile.h"

#include <string>

namespace farthing::sim {

namespace {

Micros fromMillis(double ms)
{
    return Micros(static_cast<std::int64_t>(ms * 1000.0));
}

} // namespace

Result<LatencyProfile> LatencyProfile::named(std::string_view name, double scale)
{
    LatencyProfile profile;
    profile.m_scale = scale;
    if (name == "fast") {
        profile.m_firstMs = 180;
        profile.m_firstSigma = 0.35;
        profile.m_inputTokenMs = 0.02;
        profile.m_tokenMs = 5;
    } else if (name == "typical") {
        profile.m_firstMs = 450;
        profile.m_firstSigma = 0.5;
        profile.m_inputTokenMs = 0.05;
        profile.m_tokenMs = 14;
    } else if (name == "slow") {
        profile.m_firstMs = 1500;
        profile.m_firstSigma = 0.6;
        profile.m_inputTokenMs = 0.12;
        profile.m_tokenMs = 40;
    } else {
        return Error{"unknown latency profile \"" + std::string(name) + "\"; expected fast, typical or slow",
                     "--profile"};
    }
    return profile;
}

Delay LatencyProfile::draw(Random &random, const Work &work) const
{
    if (m_scale <= 0)
        return {};
    const double first =
        random.logNormal(m_firstMs, m_firstSigma) + m_inputTokenMs * static_cast<double>(work.freshInput);
    return {fromMillis(m_scale * first), fromMillis(m_scale * random.logNormal(m_tokenMs, 0.25))};
}

} // namespace farthing::sim
