// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/LogBuckets.h"

#include "core/store/Wrapping.h"

namespace farthing {

void addUp(LogBucketCounts &counts)
{
    std::ranges::sort(counts);
    std::size_t kept = 0;
    for (std::size_t at = 0; at < counts.size();) {
        auto one = counts[at];
        for (++at; at < counts.size() && counts[at].first == one.first; ++at)
            one.second = wrappingSum(one.second, counts[at].second);
        if (one.second != 0)
            counts[kept++] = one;
    }
    counts.resize(kept);
}

} // namespace farthing
