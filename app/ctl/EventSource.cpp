// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/EventSource.h"

#include "core/base/Files.h"
#include "core/model/JsonRows.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace farthing {

namespace {

using OnBadRow = EventSource::OnBadRow;
using Take = EventSource::Take;

Result<void> readCsv(std::istream &in, const OnBadRow &onBadRow, const Take &take)
{
    EventCsvReader reader(onBadRow);
    std::vector<CostEvent> events;
    std::string chunk(std::size_t(1) << 16, '\0');
    while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
        if (auto read = reader.feed({chunk.data(), static_cast<std::size_t>(in.gcount())}, events); !read)
            return read;
        if (auto taken = take(events); !taken)
            return taken;
    }
    if (auto read = reader.finish(events); !read)
        return read;
    return take(events);
}

Result<void> readJson(std::istream &in, JsonRows::Form form, const OnBadRow &onBadRow, const Take &take)
{
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
    std::string chunk(std::size_t(1) << 16, '\0');
    while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0)
        if (auto fed = rows.feed({chunk.data(), static_cast<std::size_t>(in.gcount())}); !fed)
            return fed;
    return rows.finish();
}

void skipByteOrderMark(std::istream &in)
{
    char mark[3] = {};
    if (!in.read(mark, sizeof mark) || std::string_view(mark, sizeof mark) != "\xef\xbb\xbf") {
        in.clear();
        in.seekg(0);
    }
}

} // namespace

Result<std::unique_ptr<EventSource>> EventSource::open(const std::string &name)
{
    const std::string path = name == "-" ? "/dev/stdin" : name;
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown) || std::filesystem::is_regular_file(path, unknown))
        return std::unique_ptr<EventSource>(new EventSource(path, false));
    std::string copy = (std::filesystem::temp_directory_path(unknown) / "farthing-import").string();
    const auto fd = makeTemporaryFile(copy);
    if (!fd)
        return fd.error();
    ::close(*fd);
    std::unique_ptr<EventSource> source(new EventSource(copy, true));
    std::ifstream in(path, std::ios::binary);
    std::ofstream out(copy, std::ios::binary);
    if (in.peek() != std::ifstream::traits_type::eof())
        out << in.rdbuf();
    if (!out.flush() || in.bad())
        return Error{"cannot be copied to " + copy};
    return source;
}

EventSource::~EventSource()
{
    std::error_code ignored;
    if (m_temporary)
        std::filesystem::remove(m_path, ignored);
}

Result<void> EventSource::read(const OnBadRow &onBadRow, const Take &take) const
{
    std::ifstream in(m_path, std::ios::binary);
    if (!in)
        return Error{"cannot be opened"};
    skipByteOrderMark(in);
    const auto begin = in.tellg();
    const auto first = (in >> std::ws).peek();
    in.clear();
    in.seekg(begin);
    auto read = first == '['   ? readJson(in, JsonRows::Form::Array, onBadRow, take)
                : first == '{' ? readJson(in, JsonRows::Form::Lines, onBadRow, take)
                               : readCsv(in, onBadRow, take);
    return read && in.bad() ? Result<void>(Error{"cannot be read to its end"}) : read;
}

} // namespace farthing
