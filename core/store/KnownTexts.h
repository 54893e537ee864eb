// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/FastHash.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace farthing {

/// Numbers of texts, as far as they are remembered. The last ones asked for are found with one look; texts
/// that are made to hash alike are only slower.
class KnownTexts
{
public:
    struct Key
    {
        explicit Key(std::string_view of)
            : text(of)
            , hash(fastHash(of))
        {}
        std::string_view text;
        std::uint64_t hash;
    };

    KnownTexts();
    /// 0 where it is not known.
    std::int64_t find(const Key &key);
    /// The same with one look, which finds what was added or found last.
    [[nodiscard]] std::int64_t findLately(const Key &key) const;
    void add(const Key &key, std::int64_t number);
    /// Whether it was noted before, as far as that can be remembered.
    bool noteSeen(const Key &key);
    void clear();

private:
    struct Entry
    {
        std::string text;
        std::int64_t number = 0; ///< 0: none
    };
    void putInSlot(const Key &key, std::int64_t number);

    std::unordered_map<std::uint64_t, Entry> m_entries; ///< by hash
    std::vector<std::uint64_t> m_slotHashes; ///< apart: what is not known, most often, is found out by these
    std::vector<Entry> m_slots;              ///< copies of entries, each in its hash's one place
    std::vector<std::uint64_t> m_seen;       ///< hashes, each in its one place
};

} // namespace farthing
