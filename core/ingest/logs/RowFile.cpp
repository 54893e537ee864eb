// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/RowFile.h"

#include "core/model/CsvRows.h"
#include "core/model/JsonRows.h"

namespace farthing {

namespace {

template <class Rows>
Result<void> feedAll(Rows &rows, std::string_view first, FileChunks &file, const FileRowReader &reader)
{
    for (std::string_view chunk = first; !chunk.empty(); chunk = file.next()) {
        if (auto fed = rows.feed(chunk); !fed)
            return fed;
        if (auto used = reader.piece(); !used)
            return used;
    }
    if (auto whole = file.atEnd(); !whole)
        return whole;
    if (auto finished = rows.finish(); !finished)
        return finished;
    return reader.piece();
}

} // namespace

Result<void> readRows(FileChunks &file, const FileRowReader &reader, const EventSource::OnBadRow &onBadRow)
{
    const std::string_view first = file.next();
    const auto form = JsonRows::formOf(first);
    if (!form) {
        CsvRows rows({reader.header, reader.cells, onBadRow}, {longestForeignRow, longestForeignRow});
        return feedAll(rows, first, file, reader);
    }
    const auto take = [&](const Result<std::string_view> &row, std::size_t number) -> Result<void> {
        const auto read = row ? reader.json(*row) : Result<void>(row.error());
        if (read)
            return {};
        const Error error = read.error().at(JsonRows::placeOf(*form, number));
        return onBadRow && onBadRow(error) ? Result<void>() : error;
    };
    JsonRows rows(*form, take, longestForeignRow);
    return feedAll(rows, first, file, reader);
}

} // namespace farthing
