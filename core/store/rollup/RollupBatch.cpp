// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupBatch.h"

#include <algorithm>

namespace farthing {

void RollupBatch::note(const EventRow &row, std::int64_t count)
{
    const RollupSums sums = RollupSums::of(row);
    m_facts.push_back({timeOfRowId(row.id), row.shape, row.text(TextColumn::User), count,
                       count > 0 ? sums : -sums, rollupBucketsOf(row)});
}

void RollupBatch::sortFor(RollupCube cube)
{
    m_order.clear();
    m_order.reserve(m_facts.size());
    for (std::uint32_t i = 0; i < m_facts.size(); ++i) {
        const Fact &fact = m_facts[i];
        const RollupKey key = rollupKeyOf(cube, fact.shape, fact.user);
        m_order.push_back({{cube, rollupBucketAt(cube, fact.time), blockOf(cube, key)}, key, i});
    }
    std::ranges::sort(m_order);
}

std::size_t RollupBatch::writePart(RollupCube cube, std::size_t from, RollupPartWriter &part)
{
    const RollupPlace place = m_order[from].place;
    std::size_t at = from;
    while (at < m_order.size() && m_order[at].place == place) {
        const RollupKey key = m_order[at].key;
        const std::size_t first = at;
        RollupSums sums;
        for (; at < m_order.size() && m_order[at].place == place && m_order[at].key == key; ++at)
            sums += m_facts[m_order[at].fact].sums;
        part.entry(key, sums);
        for (std::size_t measure = 0; hasMeasures(cube) && measure < rollupMeasureCount; ++measure) {
            m_counts.clear();
            for (std::size_t i = first; i < at; ++i)
                if (const Fact &fact = m_facts[m_order[i].fact]; fact.buckets[measure] != noLogBucket)
                    m_counts.emplace_back(fact.buckets[measure], fact.count);
            part.histogram(static_cast<RollupMeasure>(measure), m_counts);
        }
    }
    return at;
}

} // namespace farthing
