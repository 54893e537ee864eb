// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/RowCounts.h"

#include <utility>

namespace farthing {

std::size_t RowCounts::slotOf(std::uint64_t hash) const
{
    std::size_t slot = hash & (m_seen.size() - 1);
    while (m_seen[slot] != 0 && m_seen[slot] != hash)
        slot = (slot + 1) & (m_seen.size() - 1);
    return slot;
}

void RowCounts::grow()
{
    const std::vector<std::uint64_t> before =
        std::exchange(m_seen, std::vector<std::uint64_t>(m_seen.empty() ? 1024 : m_seen.size() * 2));
    for (const std::uint64_t hash : before)
        if (hash != 0)
            m_seen[slotOf(hash)] = hash;
}

std::uint32_t RowCounts::count(std::uint64_t hash)
{
    hash += hash == 0 ? 1 : 0;
    if (m_used * 4 >= m_seen.size() * 3)
        grow();
    std::uint64_t &seen = m_seen[slotOf(hash)];
    if (seen == hash)
        return ++m_repeated.try_emplace(hash, 1).first->second;
    seen = hash;
    ++m_used;
    return 1;
}

} // namespace farthing
