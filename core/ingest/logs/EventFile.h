// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"
#include "core/ingest/logs/FileChunks.h"

#include <memory>
#include <string>

namespace farthing {

/// What `export events` wrote: CSV, JSON lines or a JSON array, from a file or a pipe. At most a row is held
/// beside the events, and a row of more than 1 MiB is an error.
class EventFile final : public EventSource
{
public:
    /// `name` is a path, or "-" for standard input.
    static Result<std::unique_ptr<EventSource>> open(const std::string &name);

    Result<void> read(const OnBadRow &onBadRow, const Take &take) override;
    bool price(CostEvent &event, const PriceBook &book) const override;
    [[nodiscard]] std::uint64_t bytes() const override { return m_file.bytes(); }

private:
    explicit EventFile(FileChunks file)
        : m_file(std::move(file))
    {}

    Result<void> readCsv(std::string_view first, const OnBadRow &onBadRow, const Take &take);
    Result<void> readJson(std::string_view first, bool array, const OnBadRow &onBadRow, const Take &take);
    std::string_view nextChunk();

    FileChunks m_file;
};

} // namespace farthing
