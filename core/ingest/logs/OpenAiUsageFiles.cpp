// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/OpenAiUsageFiles.h"

#include "core/ingest/logs/RowFile.h"

#include <filesystem>

namespace farthing {

namespace {

Timestamp writtenAt(const std::string &name)
{
    std::error_code unknown;
    const auto time = std::filesystem::last_write_time(name, unknown);
    const bool isFile = !unknown && std::filesystem::is_regular_file(name, unknown);
    return isFile ? std::chrono::time_point_cast<Micros>(std::chrono::file_clock::to_sys(time))
                  : SystemClock().now();
}

} // namespace

Result<std::unique_ptr<OpenAiUsageFiles>> OpenAiUsageFiles::open(const std::vector<std::string> &names)
{
    std::unique_ptr<OpenAiUsageFiles> files(new OpenAiUsageFiles);
    for (const std::string &name : names) {
        auto chunks = FileChunks::open(name);
        if (!chunks)
            return chunks.error().at(name);
        files->m_bytes += chunks->bytes();
        files->m_files.push_back({name, *std::move(chunks), writtenAt(name)});
    }
    return files;
}

Result<void> OpenAiUsageFiles::read(const OnBadRow &onBadRow, const Take &take)
{
    for (File &file : m_files) {
        OnBadRow onBadRowThere;
        if (onBadRow)
            onBadRowThere = [&](const Error &error) { return onBadRow(error.at(file.name)); };
        if (auto done = readFile(file, onBadRowThere, take); !done)
            return done.error().at(file.name);
    }
    return {};
}

Result<void> OpenAiUsageFiles::readFile(File &file, const OnBadRow &onBadRow, const Take &take)
{
    OpenAiUsageLog log;
    std::vector<CallSum> sums;
    auto done = readRows(file.chunks,
                         {.json = [&](std::string_view json) { return log.take(json, sums); },
                          .header = [&](std::vector<std::string> &names) { return log.setColumns(names); },
                          .cells = [&](std::vector<std::string> &cells) { return log.take(cells, sums); },
                          .piece =
                              [&] {
                                  noteRead(m_readBefore + file.chunks.bytesRead());
                                  return spread(sums, file.written, take);
                              }},
                         onBadRow);
    m_readBefore += file.chunks.bytesRead();
    return done;
}

Result<void> OpenAiUsageFiles::spread(std::vector<CallSum> &sums, Timestamp written, const Take &take)
{
    constexpr std::size_t eventsAtOnce = 1024;
    for (CallSum &sum : sums) {
        if (sum.end > written) {
            ++m_leftOut;
            continue;
        }
        SpreadCalls calls(std::move(sum));
        for (bool isMore = true; isMore;) {
            while (m_events.size() < eventsAtOnce && isMore)
                if (isMore = calls.next(m_events.emplace_back()); !isMore)
                    m_events.pop_back();
            if (auto taken = take(m_events); !taken)
                return taken;
        }
    }
    sums.clear();
    return take(m_events);
}

} // namespace farthing
