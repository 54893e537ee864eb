// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/PromptAnatomy.h"
#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/Database.h"

#include <span>
#include <unordered_map>
#include <vector>

namespace farthing {

using PrefixMark = PromptAnatomy::PrefixMark;

/// Writes the column `marks` of `events`, the prompt's marks. Hashes cannot be compressed, but the calls of a
/// conversation repeat those of the call before and add two: what an earlier event's list began with is
/// written as that event's row and how many of its marks. Which lists came before is remembered in a table of
/// fixed size; what has fallen out of it is written in full again, and so is what an event of another day
/// (UTC) began with: days are removed one by one.
class PrefixMarkWriter
{
public:
    PrefixMarkWriter();
    /// Comes first, and some time before `write`: it fetches what that looks at from memory.
    void prepare(std::span<const PrefixMark> marks);
    /// What was prepared, as a list of this row; nothing for an empty one.
    void write(std::int64_t row, std::string &out);
    /// The row with the marks last written is there, and later ones may refer to it.
    void written(std::int64_t row);
    /// After a rollback: rows since the last commit are not there.
    void forget();

private:
    struct Place
    {
        std::uint64_t hash = 0; ///< of the list up to here
        std::int64_t row = 0;
        std::uint32_t depth = 0; ///< rows to read for it
    };

    [[nodiscard]] Place &placeOf(std::size_t length);

    std::vector<Place> m_places;
    std::span<const PrefixMark> m_marks; ///< the list that was prepared
    std::vector<std::uint64_t> m_hashes; ///< of its first 1, 2, … marks
    std::size_t m_kept = 0;              ///< of them an earlier row's
    std::uint32_t m_depth = 0;
};

/// Whether a list of this row begins as that of a row of another day, as lists that were written before days
/// were removed may do.
bool refersToAnotherDay(std::int64_t row, std::string_view bytes);
/// A list that refers to no other.
void writeInFull(std::span<const PrefixMark> marks, std::string &out);

/// Reads them back.
class PrefixMarkReader
{
public:
    static Result<PrefixMarkReader> open(Database &database);
    /// False where the bytes are no list, or refer to one that is not there.
    bool read(std::int64_t row, std::string_view bytes, std::vector<PrefixMark> &marks);

private:
    explicit PrefixMarkReader(Statement find)
        : m_find(std::move(find))
    {}
    Statement m_find;
    std::unordered_map<std::int64_t, std::vector<PrefixMark>> m_known; ///< some that were read, by row
};

} // namespace farthing
