// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/PromptCache.h"

#include <algorithm>

namespace farthing::sim {

namespace {

constexpr std::size_t kLookback = 20;
constexpr std::size_t kNothing = static_cast<std::size_t>(-1);

Micros spanOf(CacheLife life)
{
    return life == CacheLife::OneHour ? Micros(std::chrono::hours(1)) : Micros(std::chrono::minutes(5));
}

} // namespace

PromptCache::PromptCache(const Clock &clock, std::size_t maxEntries)
    : m_clock(clock)
    , m_maxEntries(maxEntries)
{}

bool PromptCache::touch(std::uint64_t hash)
{
    const auto found = m_byHash.find(hash);
    if (found == m_byHash.end())
        return false;
    Entry &entry = *found->second;
    const Timestamp now = m_clock.now();
    if (entry.expires <= now) {
        m_entries.erase(found->second);
        m_byHash.erase(found);
        return false;
    }
    entry.expires = now + spanOf(entry.life);
    m_entries.splice(m_entries.begin(), m_entries, found->second);
    return true;
}

void PromptCache::store(std::uint64_t hash, CacheLife life)
{
    const Timestamp expires = m_clock.now() + spanOf(life);
    if (const auto found = m_byHash.find(hash); found != m_byHash.end()) {
        Entry &entry = *found->second;
        entry.life = std::max(entry.life, life);
        entry.expires = std::max(entry.expires, expires);
        m_entries.splice(m_entries.begin(), m_entries, found->second);
        return;
    }
    m_entries.push_front({hash, life, expires});
    m_byHash.emplace(hash, m_entries.begin());
    if (m_entries.size() > m_maxEntries) {
        m_byHash.erase(m_entries.back().hash);
        m_entries.pop_back();
    }
}

CacheUse PromptCache::useAutomatic(const PromptMap &map, std::int64_t minimum, CacheLife life)
{
    CacheUse use;
    for (auto mark = map.steps.rbegin(); mark != map.steps.rend() && mark->tokens >= minimum; ++mark) {
        if (touch(mark->hash)) {
            use.read = mark->tokens;
            break;
        }
    }
    std::int64_t stored = use.read;
    for (const PrefixMark &mark : map.steps) {
        if (mark.tokens < minimum)
            continue;
        store(mark.hash, life);
        stored = std::max(stored, mark.tokens);
    }
    use.write5m = stored - use.read;
    return use;
}

std::size_t PromptCache::longestRead(const PromptMap &map, const std::vector<PromptBlock> &blocks,
                                     std::int64_t minimum)
{
    for (std::size_t point = blocks.size(); point-- > 0;) {
        if (!blocks[point].breakpoint)
            continue;
        const std::size_t first = point >= kLookback ? point - kLookback : 0;
        for (std::size_t at = point + 1; at-- > first;) {
            if (map.blocks[at].tokens >= minimum && touch(map.blocks[at].hash))
                return at;
        }
    }
    return kNothing;
}

CacheUse PromptCache::useBreakpoints(const PromptMap &map, const std::vector<PromptBlock> &blocks,
                                     std::int64_t minimum)
{
    CacheUse use;
    const std::size_t read = longestRead(map, blocks, minimum);
    if (read != kNothing)
        use.read = map.blocks[read].tokens;
    std::int64_t from = use.read;
    for (std::size_t at = 0; at < blocks.size(); ++at) {
        const PrefixMark &mark = map.blocks[at];
        if (!blocks[at].breakpoint || mark.tokens < minimum)
            continue;
        store(mark.hash, *blocks[at].breakpoint);
        if (mark.tokens <= from)
            continue;
        (*blocks[at].breakpoint == CacheLife::OneHour ? use.write1h : use.write5m) += mark.tokens - from;
        from = mark.tokens;
    }
    return use;
}

} // namespace farthing::sim
