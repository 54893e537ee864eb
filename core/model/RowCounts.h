// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace farthing {

/// How often each row came in one file, so that equal rows without an id become events of their own, and the
/// same ones when the file is imported again. Rows are told apart by 64-bit hashes: at most 16 bytes a row,
/// 10 million rows take 134 MB. Two different rows with one hash only count on together.
class RowCounts
{
public:
    /// 1 where this is the first row with that hash, 2 where it is the second …
    std::uint32_t count(std::uint64_t hash);

private:
    /// Where the hash is, or would be.
    [[nodiscard]] std::size_t slotOf(std::uint64_t hash) const;
    void grow();

    std::vector<std::uint64_t> m_seen; ///< open addressing, a power of two, 0 where free
    std::size_t m_used = 0;
    std::unordered_map<std::uint64_t, std::uint32_t> m_repeated;
};

} // namespace farthing
