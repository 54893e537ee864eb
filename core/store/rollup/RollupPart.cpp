// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/rollup/RollupPart.h"

#include "core/store/Wrapping.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr std::uint8_t version = 1;
/// More than any part has: damaged bytes are not to ask for memory without end.
constexpr std::uint64_t mostEntries = std::uint64_t(1) << 24;

} // namespace

/// Zeros as one, followed by how many more there are.
void RollupPartWriter::Column::value(std::int64_t value)
{
    if (value == 0) {
        ++zeros;
        return;
    }
    if (zeros > 0) {
        writer->integer(0);
        writer->unsignedInt(zeros - 1);
        zeros = 0;
    }
    writer->integer(value);
}

std::string RollupPartWriter::Column::finish()
{
    if (zeros > 0) {
        writer->integer(0);
        writer->unsignedInt(zeros - 1);
    }
    writer.reset();
    return std::move(bytes);
}

void RollupPartWriter::entry(RollupKey key, const RollupSums &sums)
{
    ++m_entries;
    const bool sameFirst = key.first == m_last.first;
    m_keys[0].value(wrappingDifference(key.first, m_last.first));
    m_keys[1].value(wrappingDifference(key.second, sameFirst ? m_last.second : 0));
    m_last = key;
    for (std::size_t i = 0; i < m_sums.size(); ++i)
        m_sums[i].value(sums.values[i]);
}

void RollupPartWriter::histogram(RollupMeasure measure, Counts &counts)
{
    addUp(counts);
    if (counts.empty())
        return;
    Histograms &histograms = m_measures[static_cast<std::size_t>(measure)];
    histograms.endUpTo(m_entries - 1);
    ++histograms.entries;
    int last = -1;
    for (const auto &[bucket, count] : counts) {
        histograms.writer->unsignedInt(static_cast<std::uint64_t>(bucket - last) << 1 | (count == 1 ? 0 : 1));
        if (count != 1)
            histograms.writer->integer(count);
        last = bucket;
    }
    histograms.writer->unsignedInt(0);
}

/// Entries that were given no histogram have an empty one.
void RollupPartWriter::Histograms::endUpTo(std::size_t entry)
{
    for (; entries < entry; ++entries)
        writer->unsignedInt(0);
}

RollupPartBytes RollupPartWriter::finish()
{
    RollupPartBytes part;
    for (std::size_t i = 0; i < m_measures.size(); ++i) {
        if (m_measures[i].entries > 0)
            m_measures[i].endUpTo(m_entries);
        part.measures[i] = m_measures[i].finish();
    }
    std::array<std::string, 2 + rollupSumCount> columns;
    for (std::size_t i = 0; i < m_keys.size(); ++i)
        columns[i] = m_keys[i].finish();
    for (std::size_t i = 0; i < m_sums.size(); ++i)
        columns[m_keys.size() + i] = m_sums[i].finish();
    ByteWriter writer(part.sums);
    writer.byte(version);
    writer.unsignedInt(m_entries);
    for (const std::string &column : columns)
        writer.text(column);
    return part;
}

std::optional<RollupPartReader> RollupPartReader::open(std::string_view sums)
{
    ByteReader reader(sums);
    RollupPartReader part;
    const bool known = reader.byte() == version;
    const std::uint64_t entries = reader.unsignedInt();
    for (std::string_view &column : part.m_columns)
        column = reader.text();
    part.m_entries = entries;
    if (!known || entries > mostEntries || !reader.ok() || !reader.atEnd())
        return std::nullopt;
    return part;
}

bool RollupPartReader::keys(std::vector<RollupKey> &keys) const
{
    keys.assign(m_entries, {});
    const bool read = values(m_columns[0], [&](std::size_t i, std::int64_t step) { keys[i].first = step; }) &&
                      values(m_columns[1], [&](std::size_t i, std::int64_t step) { keys[i].second = step; });
    RollupKey last;
    for (RollupKey &key : keys) {
        const bool sameFirst = key.first == 0;
        key.first = wrappingSum(last.first, key.first);
        key.second = wrappingSum(sameFirst ? last.second : 0, key.second);
        last = key;
    }
    return read;
}

} // namespace farthing
