// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/Trace.h"

#include <array>
#include <charconv>
#include <string>

namespace farthing::sim {

namespace {

constexpr std::int64_t kMostTokens = 4'000'000;
constexpr std::int64_t kMostMs = std::int64_t{366} * 86'400'000;
constexpr std::size_t kNoColumn = static_cast<std::size_t>(-1);
enum Column { Time, Input, Output, Hashes, ColumnCount };
constexpr std::array<std::string_view, ColumnCount> kNames{"t_ms", "input_tokens", "output_tokens",
                                                           "hash_ids"};

using Layout = std::array<std::size_t, ColumnCount>;

std::string_view takeUntil(std::string_view &rest, char separator)
{
    const std::size_t end = std::min(rest.find(separator), rest.size());
    const std::string_view taken = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return taken;
}

std::string_view takeLine(std::string_view &rest)
{
    std::string_view line = takeUntil(rest, '\n');
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

std::string_view unquoted(std::string_view cell)
{
    return cell.size() >= 2 && cell.front() == '"' && cell.back() == '"' ? cell.substr(1, cell.size() - 2)
                                                                         : cell;
}

std::vector<std::string_view> cellsOf(std::string_view line)
{
    std::vector<std::string_view> cells;
    for (bool more = true; more;) {
        more = line.find(',') != std::string_view::npos;
        cells.push_back(unquoted(takeUntil(line, ',')));
    }
    return cells;
}

Error errorAt(std::size_t line, std::string message)
{
    return {std::move(message), "line " + std::to_string(line)};
}

bool readNumber(std::string_view cell, std::int64_t most, std::int64_t &value)
{
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    return error == std::errc() && end == cell.data() + cell.size() && value >= 0 && value <= most;
}

Result<Layout> readHeader(std::string_view line)
{
    Layout layout;
    layout.fill(kNoColumn);
    const std::vector<std::string_view> cells = cellsOf(line);
    for (std::size_t column = 0; column < ColumnCount; ++column) {
        for (std::size_t at = 0; at < cells.size(); ++at) {
            if (cells[at] == kNames[column])
                layout[column] = at;
        }
        if (layout[column] == kNoColumn && column != Hashes)
            return errorAt(1, "the column " + std::string(kNames[column]) +
                                  " is missing; expected t_ms,input_tokens,output_tokens[,hash_ids]");
    }
    return layout;
}

Result<TraceRow> readRow(std::string_view line, const Layout &layout, std::size_t number)
{
    const std::vector<std::string_view> cells = cellsOf(line);
    TraceRow row;
    const std::array<std::int64_t *, 3> targets{&row.tMs, &row.inputTokens, &row.outputTokens};
    for (std::size_t column = Time; column <= Output; ++column) {
        const std::int64_t most = column == Time ? kMostMs : kMostTokens;
        const std::string_view cell =
            layout[column] < cells.size() ? cells[layout[column]] : std::string_view();
        if (!readNumber(cell, most, *targets[column]))
            return errorAt(number, std::string(kNames[column]) + ": expected a whole number from 0 to " +
                                       std::to_string(most) + ", found \"" + std::string(cell) + "\"");
    }
    if (layout[Hashes] >= cells.size())
        return row;
    for (std::string_view ids = cells[layout[Hashes]]; !ids.empty();) {
        const std::string_view cell = takeUntil(ids, ' ');
        std::int64_t id = 0;
        if (cell.empty())
            continue;
        if (!readNumber(cell, INT64_MAX, id))
            return errorAt(number, "hash_ids: expected whole numbers separated by spaces, found \"" +
                                       std::string(cell) + "\"");
        row.hashIds.push_back(id);
    }
    return row;
}

} // namespace

Result<std::vector<TraceRow>> parseTrace(std::string_view csv, std::size_t limit)
{
    const Result<Layout> layout = readHeader(takeLine(csv));
    if (!layout)
        return layout.error();
    std::vector<TraceRow> rows;
    for (std::size_t number = 2; !csv.empty() && rows.size() < limit; ++number) {
        const std::string_view line = takeLine(csv);
        if (line.empty())
            continue;
        Result<TraceRow> row = readRow(line, *layout, number);
        if (!row)
            return row.error();
        rows.push_back(std::move(*row));
    }
    return rows;
}

} // namespace farthing::sim
