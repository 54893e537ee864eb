// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/integration/prices/Differences.h"

#include <cmath>
#include <vector>

namespace farthing {

namespace {

const std::vector<Difference> &differences()
{
    static const std::vector<Difference> all;
    return all;
}

} // namespace

const Difference *differenceFor(const CostEvent &event)
{
    const std::string &model = event.responseModel.empty() ? event.requestModel : event.responseModel;
    for (const Difference &difference : differences())
        if (difference.provider == event.provider && difference.model == model
            && (difference.serviceTier.empty() || difference.serviceTier == event.serviceTier))
            return &difference;
    return nullptr;
}

long long byHand(const HandPrices &prices, const TokenUsage &usage)
{
    const auto times = [](std::int64_t tokens, double price) { return static_cast<double>(tokens) * price; };
    const std::int64_t plain = usage.input - usage.cachedInput - usage.cacheWrite5m - usage.inputAudio;
    return std::llrint(times(plain, prices.input) + times(usage.cachedInput, prices.cached)
                       + times(usage.cacheWrite5m, prices.write5m) + times(usage.inputAudio, prices.audio)
                       + times(usage.output, prices.output) + times(usage.serverToolCalls, prices.search * 1e6));
}

} // namespace farthing
