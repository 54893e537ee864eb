// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/EventFile.h"

#include "core/model/EventCsv.h"
#include "core/model/JsonRows.h"
#include "core/pricing/CostCalculator.h"

#include <filesystem>
#include <fstream>

namespace farthing {

namespace {

constexpr std::size_t chunkBytes = std::size_t(1) << 16;
constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

} // namespace

Result<std::unique_ptr<EventSource>> EventFile::open(const std::string &name)
{
    const std::string path = name == "-" ? "/dev/stdin" : name;
    auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (!*in)
        return Error{"cannot be opened"};
    std::error_code unknown;
    const bool isFile = std::filesystem::is_regular_file(path, unknown);
    const std::uint64_t bytes = isFile ? std::filesystem::file_size(path, unknown) : 0;
    return std::unique_ptr<EventSource>(new EventFile(std::move(in), unknown ? 0 : bytes));
}

std::string_view EventFile::nextChunk()
{
    m_chunk.resize(chunkBytes);
    m_in->read(m_chunk.data(), static_cast<std::streamsize>(m_chunk.size()));
    m_chunk.resize(static_cast<std::size_t>(m_in->gcount()));
    noteRead(bytesRead() + m_chunk.size());
    return m_chunk;
}

Result<void> EventFile::read(const OnBadRow &onBadRow, const Take &take)
{
    nextChunk();
    if (m_chunk.starts_with(byteOrderMark))
        m_chunk.erase(0, byteOrderMark.size());
    const auto begin = m_chunk.find_first_not_of(" \t\r\n");
    const char first = begin == std::string::npos ? '\0' : m_chunk[begin];
    auto done =
        first == '[' || first == '{' ? readJson(first == '[', onBadRow, take) : readCsv(onBadRow, take);
    return done && m_in->bad() ? Result<void>(Error{"cannot be read to its end"}) : done;
}

Result<void> EventFile::readCsv(const OnBadRow &onBadRow, const Take &take)
{
    EventCsvReader reader(onBadRow);
    std::vector<CostEvent> events;
    for (std::string_view chunk = m_chunk; !chunk.empty(); chunk = nextChunk()) {
        if (auto read = reader.feed(chunk, events); !read)
            return read;
        if (auto taken = take(events); !taken)
            return taken;
    }
    if (auto read = reader.finish(events); !read)
        return read;
    return take(events);
}

Result<void> EventFile::readJson(bool array, const OnBadRow &onBadRow, const Take &take)
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
    for (std::string_view chunk = m_chunk; !chunk.empty(); chunk = nextChunk())
        if (auto fed = rows.feed(chunk); !fed)
            return fed;
    return rows.finish();
}

bool EventFile::price(CostEvent &event, const PriceBook &book) const
{
    return completeSavings(event, book);
}

} // namespace farthing
