// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupMerge.h"

#include <algorithm>
#include <cstdlib>

/// Two bytes say how long the sums are; what follows them is a measure's histograms, five times.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    using namespace farthing;
    if (size < 2)
        return 0;
    const std::string_view text(reinterpret_cast<const char *>(data) + 2, size - 2);
    const std::string_view sums = text.substr(0, static_cast<std::size_t>(data[0]) << 8 | data[1]);
    std::array<std::string_view, rollupMeasureCount> measures;
    measures.fill(text.substr(sums.size()));

    RollupMerge merge;
    if (!merge.add(sums, measures))
        return 0;
    const RollupPartBytes once = merge.finish();
    RollupMerge again;
    std::ranges::copy(once.measures, measures.begin());
    if (!again.add(once.sums, measures))
        std::abort();
    const RollupPartBytes twice = again.finish();
    if (twice.sums != once.sums || twice.measures != once.measures)
        std::abort();
    return 0;
}
