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
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < m_titles.size(); ++i) {
        widths.push_back(widthOf(m_titles[i]));
        for (const auto &row : m_rows)
            widths[i] = std::max(widths[i], widthOf(row[i]));
    }
    std::string out;
    appendLine(out, m_titles, m_aligns, widths);
    for (const auto &row : m_rows)
        appendLine(out, row, m_aligns, widths);
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

std::string withThousands(std::int64_t number)
{
    std::string text = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    for (std::size_t at = text.size(); at > first + 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

} // namespace farthing
