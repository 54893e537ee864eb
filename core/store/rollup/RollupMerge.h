// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/rollup/RollupPart.h"

namespace farthing {

/// Makes one part of several that are about the same place. Entries that add up to nothing are left out.
class RollupMerge
{
public:
    /// False where the part is damaged. `sums` and `measures` are not needed afterwards.
    bool add(std::string_view sums, const std::array<std::string_view, rollupMeasureCount> &measures);
    RollupPartBytes finish();

private:
    struct Entry
    {
        RollupKey key;
        std::uint32_t number = 0; ///< in the order in which they came
        auto operator<=>(const Entry &) const = default;
    };
    struct Count
    {
        std::uint32_t entry = 0;
        std::uint16_t bucket = 0;
        std::int64_t count = 0;
    };

    std::vector<Entry> m_entries;
    std::vector<RollupSums> m_sums;                              ///< by number
    std::array<std::vector<Count>, rollupMeasureCount> m_counts; ///< in order of the numbers
};

} // namespace farthing
