// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/CsvMapping.h"
#include "core/ingest/logs/EventSource.h"
#include "core/ingest/logs/FileChunks.h"
#include "core/model/CsvRows.h"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Reads somebody else's CSV by a mapping: first the header line, then, bound to it, the rows. Cells beyond
/// 1 MiB and rows beyond 16 MiB are bad ones; what an event gets is at most 32 KiB of a cell.
///
/// An event's id comes from its `idempotency_key` and its time, else from what its mapped cells say, so that
/// a file can be read again.
class MappedCsvReader
{
public:
    explicit MappedCsvReader(char delimiter = ',');
    MappedCsvReader(const MappedCsvReader &) = delete;
    MappedCsvReader &operator=(const MappedCsvReader &) = delete;

    /// See CsvRows.
    Result<std::size_t> feedHeader(std::string_view chunk) { return m_rows.feedHeader(chunk); }
    [[nodiscard]] bool hasHeader() const { return m_rows.hasHeader(); }
    /// What is wrong here is the mapping's mistake, not the file's.
    Result<void> bind(const CsvMapping &mapping);
    [[nodiscard]] const std::vector<std::string> &leftOut() const { return m_bound.leftOut; }

    void onBadRow(const EventSource::OnBadRow &onBadRow) { m_rows.onBadRow(onBadRow); }
    /// Appends the events that `chunk` completes.
    Result<void> feed(std::string_view chunk, std::vector<CostEvent> &out);
    Result<void> finish(std::vector<CostEvent> &out);

private:
    Result<void> takeRow(const std::vector<std::string> &cells);

    CsvRows m_rows;
    std::vector<std::string> m_header;
    CsvMapping::Bound m_bound;
    RowCounts m_counts;
    std::vector<CostEvent> *m_out = nullptr; ///< while something is fed
};

/// A file, or a pipe, of it. Rows that say no cost are priced by the price table.
class MappedCsvFile final : public EventSource
{
public:
    /// Reads the header line of `name`, a path, or "-" for standard input.
    static Result<std::unique_ptr<MappedCsvFile>> open(const std::string &name, char delimiter);

    /// Once, before read(); see MappedCsvReader.
    Result<void> bind(const CsvMapping &mapping) { return m_reader.bind(mapping); }
    [[nodiscard]] const std::vector<std::string> &leftOut() const { return m_reader.leftOut(); }

    Result<void> read(const OnBadRow &onBadRow, const Take &take) override;
    [[nodiscard]] std::uint64_t bytes() const override { return m_file.bytes(); }

private:
    MappedCsvFile(FileChunks file, char delimiter)
        : m_file(std::move(file))
        , m_reader(delimiter)
    {}

    FileChunks m_file;
    MappedCsvReader m_reader;
    std::string_view m_rest; ///< of the chunk that the header line ends in
};

} // namespace farthing
