// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"
#include "core/ingest/logs/FileChunks.h"

#include <memory>
#include <string>

namespace farthing {

/// LiteLLM's spend logs in a file: what /spend/logs or the pages of its user interface answer (JSON), a row a
/// line, or a dump of the table in CSV. See LiteLlmLog for what becomes of them.
class LiteLlmFile final : public EventSource
{
public:
    /// `name` is a path, or "-" for standard input.
    static Result<std::unique_ptr<EventSource>> open(const std::string &name);

    Result<void> read(const OnBadRow &onBadRow, const Take &take) override;
    [[nodiscard]] std::uint64_t bytes() const override { return m_file.bytes(); }

private:
    explicit LiteLlmFile(FileChunks file)
        : m_file(std::move(file))
    {}

    FileChunks m_file;
};

} // namespace farthing
