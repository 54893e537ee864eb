// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Table.h"

#include "core/base/CsvCell.h"

#include <algorithm>

namespace farthing {

namespace {

/// Code points, which is what a terminal's columns mostly are.
std::size_t widthOf(const std::string &text)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

/// For a terminal: what users named must not move its cursor or break the table.
std::string visible(const std::string &text)
{
    std::string out = text;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const auto c = static_cast<unsigned char>(out[i]);
        const bool c1 = c == 0xc2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xa0;
        if (c1)
            out.erase(i, 1);
        if (c1 || c < 0x20 || c == 0x7f)
            out[i] = '?';
    }
    return out;
}

void appendLine(std::string &out, const std::vector<std::string> &cells,
                const std::vector<Table::Align> &aligns, const std::vector<std::size_t> &widths)
{
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const std::string padding(widths[i] - widthOf(cells[i]), ' ');
        line += aligns[i] == Table::Align::Left ? cells[i] + padding : padding + cells[i];
        line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
}

} // namespace

void Table::addColumn(std::string title, Align align)
{
    m_titles.push_back(std::move(title));
    m_aligns.push_back(align);
}

void Table::addRow(std::vector<std::string> cells)
{
    m_rows.push_back(std::move(cells));
}

std::string Table::toText() const
{
    std::vector<std::vector<std::string>> lines = {m_titles};
    for (const auto &row : m_rows)
        std::ranges::transform(row, std::back_inserter(lines.emplace_back()), visible);
    std::vector<std::size_t> widths(m_titles.size());
    for (const auto &line : lines)
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], widthOf(line[i]));
    std::string out;
    for (const auto &line : lines)
        appendLine(out, line, m_aligns, widths);
    return out;
}

std::string Table::toCsv() const
{
    std::string out;
    const auto append = [this, &out](const std::vector<std::string> &cells) {
        for (std::size_t i = 0; i < cells.size(); ++i) {
            if (i > 0)
                out.push_back(',');
            appendCsvCell(out, cells[i], m_aligns[i] == Align::Left);
        }
        out += "\r\n";
    };
    append(m_titles);
    for (const auto &row : m_rows)
        append(row);
    return out;
}

} // namespace farthing
