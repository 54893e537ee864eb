// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"

#include <istream>
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
    [[nodiscard]] std::uint64_t bytes() const override { return m_bytes; }

private:
    EventFile(std::unique_ptr<std::istream> in, std::uint64_t bytes)
        : m_in(std::move(in))
        , m_bytes(bytes)
    {}

    Result<void> readCsv(const OnBadRow &onBadRow, const Take &take);
    Result<void> readJson(bool array, const OnBadRow &onBadRow, const Take &take);
    /// The next bytes; none at the end.
    std::string_view nextChunk();

    std::unique_ptr<std::istream> m_in;
    std::uint64_t m_bytes;
    std::string m_chunk;
};

} // namespace farthing
