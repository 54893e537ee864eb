// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace farthing {

class ClaudeCodeLog;

/// Claude Code's transcripts; see ClaudeCodeLog for what becomes of them.
class ClaudeCodeFiles final : public EventSource
{
public:
    /// Each path is a transcript, or a folder in which all *.jsonl are, however deep.
    static Result<std::unique_ptr<EventSource>> open(const std::vector<std::filesystem::path> &paths);
    /// Where Claude Code keeps them: CLAUDE_CONFIG_DIR, else ~/.config/claude and ~/.claude, as far as they
    /// are there.
    static std::vector<std::filesystem::path> usualFolders();

    Result<void> read(const OnBadRow &onBadRow, const Take &take) override;
    [[nodiscard]] bool mayGrow() const override { return true; }
    [[nodiscard]] std::uint64_t bytes() const override { return m_bytes; }

private:
    ClaudeCodeFiles(std::vector<std::filesystem::path> files, std::uint64_t bytes)
        : m_files(std::move(files))
        , m_bytes(bytes)
    {}

    Result<void> readFile(const std::filesystem::path &file, ClaudeCodeLog &log, const OnBadRow &onBadRow,
                          const Take &take);

    std::vector<std::filesystem::path> m_files;
    std::uint64_t m_bytes;
    std::uint64_t m_readBefore = 0; ///< of the files before this one
    std::vector<CostEvent> m_events;
};

} // namespace farthing
