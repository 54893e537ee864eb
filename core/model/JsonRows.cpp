// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/JsonRows.h"

#include "core/model/EventFields.h"

#include <algorithm>

namespace farthing {

std::string JsonRows::placeOf(Form form, std::size_t number)
{
    return (form == Form::Array ? "element " : "line ") + std::to_string(number);
}

void JsonRows::append(std::string_view text)
{
    const std::size_t room = longestRow - m_row.size();
    m_tooLong = m_tooLong || text.size() > room;
    m_row += text.substr(0, room);
}

Result<void> JsonRows::endRow()
{
    const auto row = m_tooLong ? Result<std::string_view>(tooLongRow()) : Result<std::string_view>(m_row);
    auto taken = m_onRow(row, m_number);
    m_row.clear();
    m_tooLong = false;
    return taken;
}

Result<void> JsonRows::feed(std::string_view chunk)
{
    return m_form == Form::Lines ? feedLines(chunk) : feedElements(chunk);
}

Result<void> JsonRows::feedLines(std::string_view chunk)
{
    for (auto end = chunk.find('\n'); end != std::string_view::npos; end = chunk.find('\n')) {
        append(chunk.substr(0, end));
        chunk.remove_prefix(end + 1);
        if (blank())
            m_row.clear();
        else if (auto ended = endRow(); !ended)
            return ended;
        ++m_number;
    }
    append(chunk);
    return {};
}

void JsonRows::appendOfElement(char c)
{
    append({&c, 1});
    if (m_escaped)
        m_escaped = false;
    else if (m_inString && c == '\\')
        m_escaped = true;
    else if (c == '"')
        m_inString = !m_inString;
    else if (!m_inString && (c == '[' || c == '{'))
        ++m_depth;
    else if (!m_inString && (c == ']' || c == '}'))
        m_depth -= m_depth > 0 ? 1 : 0;
}

Result<void> JsonRows::endElement(bool last)
{
    const bool empty = last && m_number == 1 && blank();
    if (last)
        m_where = Where::Behind;
    if (empty)
        return {};
    auto ended = endRow();
    ++m_number;
    return ended;
}

Result<void> JsonRows::behind(char c) const
{
    return std::string_view(" \t\r\n").find(c) == std::string_view::npos ? at("something follows the array")
                                                                         : Result<void>();
}

Result<void> JsonRows::feedElements(std::string_view chunk)
{
    for (const char c : chunk) {
        m_line += c == '\n' ? 1 : 0;
        Result<void> taken;
        if (m_where == Where::Before)
            m_where = c == '[' ? Where::Inside : Where::Before;
        else if (m_where == Where::Behind)
            taken = behind(c);
        else if (!m_inString && m_depth == 0 && (c == ',' || c == ']'))
            taken = endElement(c == ']');
        else
            appendOfElement(c);
        if (!taken)
            return taken;
    }
    return {};
}

Result<void> JsonRows::finish()
{
    if (m_form == Form::Lines)
        return blank() ? Result<void>() : endRow();
    return m_where == Where::Behind ? Result<void>() : at("the array does not end");
}

} // namespace farthing
