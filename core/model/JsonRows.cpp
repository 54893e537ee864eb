// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/JsonRows.h"

#include <algorithm>
#include <tuple>

namespace farthing {

std::string JsonRows::placeOf(Form form, std::size_t number)
{
    return (form == Form::Lines ? "line " : "element ") + std::to_string(number);
}

void JsonRows::append(std::string_view text)
{
    const std::size_t room = m_longest - m_row.size();
    m_tooLong = m_tooLong || text.size() > room;
    m_row += text.substr(0, room);
}

Result<void> JsonRows::endRow()
{
    const auto row =
        m_tooLong ? Result<std::string_view>(tooLongRow(m_longest)) : Result<std::string_view>(m_row);
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

bool JsonRows::isOfString(char c)
{
    const bool was = m_inString;
    if (m_escaped)
        m_escaped = false;
    else if (m_inString && c == '\\')
        m_escaped = true;
    else if (c == '"')
        m_inString = !m_inString;
    return was || m_inString;
}

void JsonRows::appendOfElement(char c)
{
    append({&c, 1});
    if (isOfString(c))
        return;
    if (c == '[' || c == '{')
        ++m_depth;
    else if (c == ']' || c == '}')
        m_depth -= m_depth > 0 ? 1 : 0;
}

Result<void> JsonRows::endElement(bool last)
{
    const bool empty = last && m_isFirst && blank();
    m_isFirst = false;
    if (last && m_form == Form::Pages) {
        m_where = Where::Before;
        m_depth = 1;
    } else if (last) {
        m_where = Where::Behind;
    }
    if (empty) {
        m_row.clear();
        return {};
    }
    auto ended = endRow();
    ++m_number;
    return ended;
}

Result<void> JsonRows::behind(char c) const
{
    return std::string_view(" \t\r\n").find(c) == std::string_view::npos ? at("something follows the array")
                                                                         : Result<void>();
}

void JsonRows::enterArray()
{
    m_where = Where::Inside;
    m_depth = 0;
    m_isFirst = true;
    m_hadArray = true;
}

Result<void> JsonRows::before(char c)
{
    if (m_form == Form::Pages)
        return lookForData(c);
    if (c == '[')
        enterArray();
    return {};
}

Result<void> JsonRows::lookForData(char c)
{
    constexpr std::string_view wanted = "data";
    const bool began = !m_inString;
    if (isOfString(c)) {
        if (began)
            m_name.clear();
        else if (m_inString && m_name.size() <= wanted.size())
            m_name.push_back(c);
    } else if (c == '[' && m_depth == 1 && m_isValue && m_name == wanted) {
        enterArray();
    } else if (c == '[' || c == '{') {
        ++m_depth;
    } else if (m_depth == 0) {
        if (std::string_view(" \t\r\n,").find(c) == std::string_view::npos)
            return at("expected an object with an array 'data'");
    } else if (c == ']' || c == '}') {
        --m_depth;
    }
    m_isValue = c == ':' || (m_isValue && (c == ' ' || c == '\t' || c == '\r' || c == '\n'));
    return {};
}

std::optional<JsonRows::Form> JsonRows::formOf(std::string_view begin)
{
    const auto first = begin.find_first_not_of(" \t\r\n");
    const char kind = first == std::string_view::npos ? '\0' : begin[first];
    if (kind != '[' && kind != '{')
        return std::nullopt;
    if (kind == '[')
        return Form::Array;
    JsonRows page(Form::Pages, [](const Result<std::string_view> &, std::size_t) { return Result<void>(); });
    std::ignore = page.feed(begin);
    return page.m_hadArray ? Form::Pages : Form::Lines;
}

Result<void> JsonRows::feedElements(std::string_view chunk)
{
    for (const char c : chunk) {
        m_line += c == '\n' ? 1 : 0;
        Result<void> taken;
        if (m_where == Where::Before)
            taken = before(c);
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
    if (m_form == Form::Pages && m_where == Where::Before)
        return m_hadArray && m_depth == 0 ? Result<void>()
               : m_hadArray               ? at("the object does not end")
                                          : at("has no array 'data'");
    return m_where == Where::Behind ? Result<void>() : at("the array does not end");
}

} // namespace farthing
