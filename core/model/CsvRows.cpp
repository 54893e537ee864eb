// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/CsvRows.h"

#include "core/base/Utf8.h"

namespace farthing {

Error CsvRows::at(const std::string &column, std::string message) const
{
    return {std::move(message),
            "line " + std::to_string(m_rowLine) + (column.empty() ? "" : ", column " + column)};
}

void CsvRows::malformed(std::string message, const std::string &column)
{
    if (m_wellFormed)
        m_wellFormed = at(column, std::move(message));
}

std::string CsvRows::columnUnderWay() const
{
    return m_cells.size() <= m_names.size() ? excerpt(m_names[m_cells.size() - 1]) : std::string();
}

void CsvRows::append(char c)
{
    if (m_cells.back().size() < m_limits.cell && m_rowBytes <= m_limits.row)
        m_cells.back().push_back(c);
    else if (m_wellFormed)
        malformed("has more than " + std::to_string(m_limits.cell) + " bytes", columnUnderWay());
}

void CsvRows::countByte()
{
    if (++m_rowBytes > m_limits.row && m_wellFormed)
        malformed("is longer than " + std::to_string(m_limits.row) + " bytes" +
                  (m_inQuotes ? "; does a quoted cell end?" : ""));
}

Result<void> CsvRows::takeHeader()
{
    constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";
    if (m_cells.front().starts_with(byteOrderMark))
        m_cells.front().erase(0, byteOrderMark.size());
    if (auto taken = m_hooks.header(m_cells); !taken)
        return at(taken.error().place, taken.error().message);
    m_names = m_cells;
    return {};
}

Result<void> CsvRows::takeRow()
{
    if (m_cells.size() != m_names.size())
        return at({}, "has " + std::to_string(m_cells.size()) + " cells where the header has " +
                          std::to_string(m_names.size()));
    auto taken = m_hooks.row(m_cells);
    return taken ? taken : at(taken.error().place, taken.error().message);
}

Result<void> CsvRows::endRow()
{
    const bool blank = m_cells.size() == 1 && m_cells.front().empty();
    const bool header = m_names.empty();
    Result<void> done = m_wellFormed;
    if (done && !blank)
        done = header ? takeHeader() : takeRow();
    m_cells.assign(1, {});
    m_rowBytes = 0;
    m_afterQuote = false;
    m_wellFormed = {};
    m_rowLine = m_lineNumber;
    return done || header || !m_hooks.badRow || !m_hooks.badRow(done.error()) ? done : Result<void>();
}

Result<void> CsvRows::feed(std::string_view chunk)
{
    for (const char c : chunk) {
        if (c == '\n')
            ++m_lineNumber;
        if (!m_inQuotes && c == '\n') {
            if (auto done = endRow(); !done)
                return done;
            continue;
        }
        countByte();
        if (m_inQuotes) {
            m_inQuotes = c != '"';
            m_afterQuote = !m_inQuotes;
            if (m_inQuotes)
                append(c);
        } else if (c == '"' && (m_afterQuote || m_cells.back().empty())) {
            if (m_afterQuote)
                append('"');
            m_inQuotes = true;
        } else if (c == m_delimiter) {
            if (m_rowBytes <= m_limits.row)
                m_cells.emplace_back();
            m_afterQuote = false;
        } else if (c != '\r') {
            if (m_afterQuote)
                malformed("something follows a closing quote");
            append(c);
        }
    }
    // A row of any length is not waited for where it would be refused in any case.
    return m_rowBytes > m_limits.row && (!m_hooks.badRow || m_names.empty()) ? m_wellFormed : Result<void>();
}

Result<std::size_t> CsvRows::feedHeader(std::string_view chunk)
{
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        if (auto fed = feed(chunk.substr(i, 1)); !fed)
            return fed.error();
        if (hasHeader())
            return i + 1;
    }
    return chunk.size();
}

Result<void> CsvRows::finish()
{
    if (m_inQuotes)
        return at({}, "a quoted cell does not end");
    return m_rowBytes == 0 ? Result<void>() : endRow();
}

} // namespace farthing
