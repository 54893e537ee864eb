// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace farthing {

/// Rows of text in aligned columns, for people; numbers right-aligned.
class Table
{
public:
    enum class Align { Left, Right };

    void addColumn(std::string title, Align align);
    void addRow(std::vector<std::string> cells);
    [[nodiscard]] std::string toText() const;
    /// RFC 4180; left-aligned cells, which users may have named, run no formula in a spreadsheet.
    [[nodiscard]] std::string toCsv() const;

private:
    std::vector<std::string> m_titles;
    std::vector<Align> m_aligns;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace farthing
