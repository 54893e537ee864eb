// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupMerge.h"

#include <algorithm>

namespace farthing {

bool RollupMerge::add(std::string_view sums, const std::array<std::string_view, rollupMeasureCount> &measures)
{
    const auto part = RollupPartReader::open(sums);
    std::vector<RollupKey> keys;
    if (!part || !part->keys(keys))
        return false;
    const auto before = static_cast<std::uint32_t>(m_entries.size());
    for (const RollupKey key : keys)
        m_entries.push_back({key, static_cast<std::uint32_t>(m_entries.size())});
    m_sums.resize(m_entries.size());
    bool whole = true;
    for (std::size_t sum = 0; sum < rollupSumCount; ++sum)
        whole = part->column(static_cast<RollupSum>(sum), [&](std::size_t entry, std::int64_t value) {
            m_sums[before + entry].values[sum] = value;
        }) && whole;
    for (std::size_t measure = 0; measure < rollupMeasureCount; ++measure)
        whole =
            RollupPartReader::histograms(
                measures[measure], keys.size(),
                [&](std::size_t entry, std::uint16_t bucket, std::int64_t count) {
                    m_counts[measure].push_back({before + static_cast<std::uint32_t>(entry), bucket, count});
                }) &&
            whole;
    return whole;
}

RollupPartBytes RollupMerge::finish()
{
    std::ranges::sort(m_entries);
    RollupPartWriter writer;
    std::array<RollupPartWriter::Counts, rollupMeasureCount> counts;
    for (std::size_t at = 0; at < m_entries.size();) {
        const RollupKey key = m_entries[at].key;
        RollupSums sums;
        for (auto &measure : counts)
            measure.clear();
        for (; at < m_entries.size() && m_entries[at].key == key; ++at) {
            const std::uint32_t number = m_entries[at].number;
            sums += m_sums[number];
            for (std::size_t measure = 0; measure < rollupMeasureCount; ++measure)
                for (auto count = std::ranges::lower_bound(m_counts[measure], number, {}, &Count::entry);
                     count != m_counts[measure].end() && count->entry == number; ++count)
                    counts[measure].emplace_back(count->bucket, count->count);
        }
        if (sums == RollupSums())
            continue;
        writer.entry(key, sums);
        for (std::size_t measure = 0; measure < rollupMeasureCount; ++measure)
            if (!counts[measure].empty())
                writer.histogram(static_cast<RollupMeasure>(measure), counts[measure]);
    }
    return writer.finish();
}

} // namespace farthing
