// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/ClaudeCodeFiles.h"

#include "core/ingest/logs/ClaudeCodeLog.h"
#include "core/ingest/logs/FileLines.h"
#include "core/providers/JsonReader.h"

#include <algorithm>
#include <cstdlib>

namespace farthing {

namespace fs = std::filesystem;

namespace {

static_assert(FileLines::padding >= JsonReader::padding);

/// Adds the transcripts under a folder.
Result<void> collect(const fs::path &folder, std::vector<fs::path> &files)
{
    std::error_code error;
    fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        std::error_code gone;
        if (entry->path().extension() == ".jsonl" && entry->is_regular_file(gone))
            files.push_back(entry->path());
    }
    return error ? Result<void>(Error{error.message(), folder.string()}) : Result<void>();
}

} // namespace

std::vector<fs::path> ClaudeCodeFiles::usualFolders()
{
    const auto variable = [](const char *name) -> fs::path {
        const char *const value = std::getenv(name);
        return value == nullptr ? fs::path() : fs::path(value);
    };
    std::vector<fs::path> homes;
    if (const fs::path set = variable("CLAUDE_CONFIG_DIR"); !set.empty())
        homes = {set};
    else if (const fs::path home = variable("HOME"); !home.empty())
        homes = {home / ".config" / "claude", home / ".claude"};
    std::vector<fs::path> folders;
    for (const fs::path &home : homes) {
        std::error_code unknown;
        if (fs::is_directory(home / "projects", unknown))
            folders.push_back(home / "projects");
    }
    return folders;
}

Result<std::unique_ptr<EventSource>> ClaudeCodeFiles::open(const std::vector<fs::path> &paths)
{
    std::vector<fs::path> files;
    for (const fs::path &path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            if (!fs::exists(path, error))
                return Error{"there is no such file or folder", path.string()};
            files.push_back(path);
        } else if (auto collected = collect(path, files); !collected) {
            return collected.error();
        }
    }
    std::ranges::sort(files);
    files.erase(std::unique(files.begin(), files.end()), files.end());
    std::uint64_t bytes = 0;
    for (const fs::path &file : files) {
        std::error_code gone;
        const auto size = fs::file_size(file, gone);
        bytes += gone ? 0 : size;
    }
    return std::unique_ptr<EventSource>(new ClaudeCodeFiles(std::move(files), bytes));
}

Result<void> ClaudeCodeFiles::read(const OnBadRow &onBadRow, const Take &take)
{
    ClaudeCodeLog log;
    for (const fs::path &file : m_files)
        if (auto done = readFile(file, log, onBadRow, take); !done)
            return done;
    return {};
}

Result<void> ClaudeCodeFiles::readFile(const fs::path &file, ClaudeCodeLog &log, const OnBadRow &onBadRow,
                                       const Take &take)
{
    constexpr std::uint64_t linesBetween = 256;
    auto lines = FileLines::open(file);
    if (!lines)
        return lines.error().at(file.string());
    for (;;) {
        const auto got = lines->next();
        if (!got)
            return got.error().at(file.string());
        if (*got == FileLines::Got::End)
            break;
        auto taken =
            *got == FileLines::Got::TooLong
                ? Result<void>(Error{"is longer than " + std::to_string(FileLines::longestLine) + " bytes"})
                : log.take(lines->line());
        // A session that goes on is just writing its last line.
        if (!taken && *got != FileLines::Got::Part) {
            const Error error = taken.error().at("line " + std::to_string(lines->number())).at(file.string());
            if (!onBadRow || !onBadRow(error))
                return error;
        }
        if (lines->number() % linesBetween != 0)
            continue;
        noteRead(m_readBefore + lines->bytesRead());
        log.takeSettled(m_events);
        if (auto used = take(m_events); !used)
            return used;
    }
    m_readBefore += lines->bytesRead();
    noteRead(m_readBefore);
    log.takeAll(m_events);
    return take(m_events);
}

} // namespace farthing
