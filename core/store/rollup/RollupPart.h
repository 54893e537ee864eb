// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/rollup/LogBuckets.h"
#include "core/store/rollup/RollupSums.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// What an entry of a rollup is about: the number of a shape or of a user, or of a user and a shape.
struct RollupKey
{
    std::int64_t first = 0;
    std::int64_t second = 0;
    auto operator<=>(const RollupKey &) const = default;
};

/// A part as it is stored: keys and sums by column, and for each measure the entries' histograms. So a
/// question reads the columns that it needs, one after the other.
struct RollupPartBytes
{
    std::string sums;
    std::array<std::string, rollupMeasureCount> measures;
};

/// Writes entries in ascending order of their keys.
class RollupPartWriter
{
public:
    /// Begins an entry.
    void entry(RollupKey key, const RollupSums &sums);
    using Counts = LogBucketCounts;
    /// The histogram of the entry begun last, once a measure: buckets in any order, also more than once, with
    /// counts that may be negative. They are left added up.
    void histogram(RollupMeasure measure, Counts &counts);
    [[nodiscard]] std::size_t entries() const { return m_entries; }
    RollupPartBytes finish();

private:
    struct Column
    {
        std::string bytes;
        std::optional<ByteWriter> writer{std::in_place, bytes};
        std::uint64_t zeros = 0;

        Column() = default;
        ~Column() = default;
        Column(const Column &) = delete;
        Column &operator=(const Column &) = delete;
        void value(std::int64_t value);
        std::string finish();
    };
    struct Histograms : Column
    {
        std::size_t entries = 0; ///< that have theirs
        void endUpTo(std::size_t entry);
    };

    std::size_t m_entries = 0;
    RollupKey m_last;
    std::array<Column, 2> m_keys;
    std::array<Column, rollupSumCount> m_sums;
    std::array<Histograms, rollupMeasureCount> m_measures;
};

/// Reads a part's sums. Safe on any bytes.
class RollupPartReader
{
public:
    /// Nothing where the bytes are no part.
    static std::optional<RollupPartReader> open(std::string_view sums);
    [[nodiscard]] std::size_t entries() const { return m_entries; }
    /// False where the bytes are damaged.
    bool keys(std::vector<RollupKey> &keys) const;
    /// Calls `visit(entry, value)` for each value that is not 0; false where the bytes are damaged.
    template <class Visit>
    bool column(RollupSum sum, const Visit &visit) const
    {
        return values(m_columns[2 + static_cast<std::size_t>(sum)], visit);
    }
    /// Calls `visit(entry, bucket, count)` for the histograms of one measure in order; false where the bytes
    /// are damaged or are not those of `entries` entries. None at all are no bytes.
    template <class Visit>
    static bool histograms(std::string_view bytes, std::size_t entries, const Visit &visit)
    {
        if (bytes.empty())
            return true;
        ByteReader reader(bytes);
        for (std::size_t entry = 0; entry < entries && reader.ok(); ++entry) {
            std::uint64_t bucket = ~std::uint64_t(0);
            for (std::uint64_t code = reader.unsignedInt(); code != 0; code = reader.unsignedInt()) {
                bucket += code >> 1;
                const std::int64_t count = (code & 1) == 0 ? 1 : reader.integer();
                if (bucket >= noLogBucket || !reader.ok())
                    return false;
                visit(entry, static_cast<std::uint16_t>(bucket), count);
            }
        }
        return reader.ok() && reader.atEnd();
    }

private:
    template <class Visit>
    bool values(std::string_view bytes, const Visit &visit) const
    {
        ByteReader reader(bytes);
        std::size_t entry = 0;
        while (entry < m_entries && reader.ok()) {
            if (const std::int64_t value = reader.integer(); value != 0)
                visit(entry++, value);
            else
                entry += 1 + std::min<std::uint64_t>(reader.unsignedInt(), m_entries);
        }
        return reader.ok() && reader.atEnd() && entry == m_entries;
    }

    std::size_t m_entries = 0;
    std::array<std::string_view, 2 + rollupSumCount> m_columns;
};

} // namespace farthing
