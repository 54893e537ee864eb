// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/FastHash.h"

#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Numbers of texts, as far as they are remembered: a bounded table, mostly in a core's cache. Texts that are
/// made to hash alike are only slower.
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

    /// 0 where it is not known.
    [[nodiscard]] std::int64_t find(const Key &key) const;
    /// A find() comes soon: fetches what it looks at from memory.
    void expect(const Key &key) const;
    /// `number` is above 0.
    void add(const Key &key, std::int64_t number);
    /// Whether it was noted before, as far as that can be remembered.
    bool noteSeen(const Key &key);
    void clear();

private:
    struct Cell
    {
        std::uint64_t hash = 0;
        std::int64_t number = 0; ///< 0: free
        std::uint32_t at = 0;    ///< where its text begins
        std::uint32_t size = 0;
    };
    [[nodiscard]] std::size_t cellFor(std::uint64_t hash) const;
    void makeRoomFor(std::size_t bytes);

    std::vector<Cell> m_cells; ///< none, or a power of two of which half are free
    std::size_t m_used = 0;
    std::string m_texts;               ///< of all cells, one behind the other
    std::vector<std::uint64_t> m_seen; ///< hashes, each in its one place
};

} // namespace farthing
