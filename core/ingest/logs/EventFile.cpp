// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/EventFile.h"

#include "core/model/EventCsv.h"
#include "core/model/JsonRows.h"
#include "core/pricing/CostCalculator.h"

namespace farthing {

Result<std::unique_ptr<EventSource>> EventFile::open(const std::string &name)
{
    auto file = FileChunks::open(name);
    if (!file)
        return file.error();
    return std::unique_ptr<EventSource>(new EventFile(*std::move(file)));
}

std::string_view EventFile::nextChunk()
{
    const std::string_view chunk = m_file.next();
    noteRead(m_file.bytesRead());
    return chunk;
}

Result<void> EventFile::read(const OnBadRow &onBadRow, const Take &take)
{
    const std::string_view first = nextChunk();
    const auto begin = first.find_first_not_of(" \t\r\n");
    const char kind = begin == std::string_view::npos ? '\0' : first[begin];
    auto done = kind == '[' || kind == '{' ? readJson(first, kind == '[', onBadRow, take)
                                           : readCsv(first, onBadRow, take);
    return done ? m_file.atEnd() : done;
}

Result<void> EventFile::readCsv(std::string_view first, const OnBadRow &onBadRow, const Take &take)
{
    EventCsvReader reader(onBadRow);
    std::vector<CostEvent> events;
    for (std::string_view chunk = first; !chunk.empty(); chunk = nextChunk()) {
        if (auto read = reader.feed(chunk, events); !read)
            return read;
        if (auto taken = take(events); !taken)
            return taken;
    }
    if (auto read = reader.finish(events); !read)
        return read;
    return take(events);
}

Result<void> EventFile::readJson(std::string_view first, bool array, const OnBadRow &onBadRow,
                                 const Take &take)
{
    const auto form = array ? JsonRows::Form::Array : JsonRows::Form::Lines;
    RowCounts counts;
    std::vector<CostEvent> events;
    JsonRows rows(form, [&](const Result<std::string_view> &row, std::size_t number) -> Result<void> {
        auto event = row ? eventFromJson(*row, &counts) : row.error();
        if (!event) {
            const Error error = event.error().at(JsonRows::placeOf(form, number));
            return onBadRow && onBadRow(error) ? Result<void>() : error;
        }
        events.push_back(*std::move(event));
        return take(events);
    });
    for (std::string_view chunk = first; !chunk.empty(); chunk = nextChunk())
        if (auto fed = rows.feed(chunk); !fed)
            return fed;
    return rows.finish();
}

bool EventFile::price(CostEvent &event, const PriceBook &book) const
{
    return completeSavings(event, book);
}

} // namespace farthing
