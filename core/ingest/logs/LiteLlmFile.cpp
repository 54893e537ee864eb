// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/LiteLlmFile.h"

#include "core/ingest/logs/LiteLlmLog.h"
#include "core/ingest/logs/RowFile.h"

namespace farthing {

Result<std::unique_ptr<EventSource>> LiteLlmFile::open(const std::string &name)
{
    auto file = FileChunks::open(name);
    if (!file)
        return file.error();
    return std::unique_ptr<EventSource>(new LiteLlmFile(*std::move(file)));
}

Result<void> LiteLlmFile::read(const OnBadRow &onBadRow, const Take &take)
{
    LiteLlmLog log;
    std::vector<CostEvent> events;
    const auto keep = [&events](Result<CostEvent> event) -> Result<void> {
        if (!event)
            return event.error();
        events.push_back(*std::move(event));
        return {};
    };
    return readRows(m_file,
                    {.json = [&](std::string_view json) { return keep(log.eventOf(json)); },
                     .header = [&](std::vector<std::string> &names) { return log.setColumns(names); },
                     .cells = [&](std::vector<std::string> &cells) { return keep(log.eventOf(cells)); },
                     .piece =
                         [&] {
                             noteRead(m_file.bytesRead());
                             return take(events);
                         }},
                    onBadRow);
}

} // namespace farthing
