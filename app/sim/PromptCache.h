// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/sim/Prompt.h"
#include "core/base/Time.h"

#include <cstddef>
#include <list>
#include <unordered_map>

namespace farthing::sim {

/// Tokens of one prompt by what the cache did with them; the rest of the prompt was read afresh.
struct CacheUse
{
    std::int64_t read = 0;
    std::int64_t write5m = 0;
    std::int64_t write1h = 0;
};

/// A provider's prompt cache: remembers hashes of prefixes, never text. It forgets what was used longest ago
/// once it is full, and each entry after its life; a use starts the life again, as the providers' do.
class PromptCache
{
public:
    explicit PromptCache(const Clock &clock, std::size_t maxEntries = 400'000);

    /// Automatic caching (OpenAI, Gemini's implicit): the longest known prefix at a 128-token step is read,
    /// from `minimum` tokens on, and every step of this prompt is known from now on. The writes are counted
    /// as 5 m ones.
    CacheUse useAutomatic(const PromptMap &map, std::int64_t minimum, CacheLife life);

    /// Anthropic's breakpoints: each `cache_control` block ends a prefix that is stored, where it is
    /// `minimum` tokens long; the longest stored prefix at, or up to 20 blocks before, a breakpoint is read
    /// (Anthropic, "Prompt caching").
    CacheUse useBreakpoints(const PromptMap &map, const std::vector<PromptBlock> &blocks,
                            std::int64_t minimum);

    [[nodiscard]] std::size_t size() const { return m_entries.size(); }

private:
    struct Entry
    {
        std::uint64_t hash;
        CacheLife life;
        Timestamp expires;
    };
    using Entries = std::list<Entry>;

    bool touch(std::uint64_t hash);
    void store(std::uint64_t hash, CacheLife life);
    [[nodiscard]] std::size_t longestRead(const PromptMap &map, const std::vector<PromptBlock> &blocks,
                                          std::int64_t minimum);

    const Clock &m_clock;
    std::size_t m_maxEntries;
    Entries m_entries; ///< the most recently used first
    std::unordered_map<std::uint64_t, Entries::iterator> m_byHash;
};

} // namespace farthing::sim
