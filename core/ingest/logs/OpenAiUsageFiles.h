// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"
#include "core/ingest/logs/FileChunks.h"
#include "core/ingest/logs/OpenAiUsageLog.h"

#include <memory>
#include <string>
#include <vector>

namespace farthing {

/// OpenAI's usage in files: pages as the API answers, one or several in a file, a list of buckets, or the
/// export in CSV. See OpenAiUsageLog and SpreadCalls for what becomes of them.
///
/// A bucket that had not ended when its file was written is left out, since its sums would grow; a later
/// file has it whole.
class OpenAiUsageFiles final : public EventSource
{
public:
    /// Each name is a path, or "-" for standard input, which is written now.
    static Result<std::unique_ptr<OpenAiUsageFiles>> open(const std::vector<std::string> &names);

    Result<void> read(const OnBadRow &onBadRow, const Take &take) override;
    [[nodiscard]] std::uint64_t bytes() const override { return m_bytes; }
    /// Sums of buckets that had not ended; once all is read.
    [[nodiscard]] std::uint64_t leftOut() const { return m_leftOut; }

private:
    struct File
    {
        std::string name;
        FileChunks chunks;
        Timestamp written;
    };

    OpenAiUsageFiles() = default;
    Result<void> readFile(File &file, const OnBadRow &onBadRow, const Take &take);
    /// Makes events of the sums.
    Result<void> spread(std::vector<CallSum> &sums, Timestamp written, const Take &take);

    std::vector<File> m_files;
    std::uint64_t m_bytes = 0;
    std::uint64_t m_readBefore = 0; ///< of the files before this one
    std::uint64_t m_leftOut = 0;
    std::vector<CostEvent> m_events;
};

} // namespace farthing
