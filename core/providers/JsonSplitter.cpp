// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/JsonSplitter.h"

namespace farthing {

bool JsonSplitter::takeElement(std::string_view &chunk, std::string_view &element)
{
    std::size_t start = m_depth > m_between ? 0 : std::string_view::npos;
    for (std::size_t i = 0; i < chunk.size(); ++i) {
        const char c = chunk[i];
        if (m_inString) {
            if (m_escaped)
                m_escaped = false;
            else if (c == '\\')
                m_escaped = true;
            else if (c == '"')
                m_inString = false;
        } else if (c == '"' && m_depth > 0) {
            m_inString = true;
        } else if (c == '{' || c == '[') {
            if (++m_depth == m_between + 1)
                start = i;
        } else if ((c == '}' || c == ']') && m_depth > 0) {
            if (--m_depth < m_between)
                m_closed = true;
            if (m_depth != m_between)
                continue;
            const std::string_view piece = chunk.substr(start, i + 1 - start);
            chunk.remove_prefix(i + 1);
            if (m_held.empty() && !m_tooLarge) {
                element = piece;
                return true;
            }
            keep(piece);
            if (!m_tooLarge) {
                element = m_held;
                return true;
            }
            m_tooLarge = false;
            start = i = std::string_view::npos; // the loop goes on at the front of what is left
        }
    }
    if (start != std::string_view::npos)
        keep(chunk.substr(start));
    return false;
}

void JsonSplitter::keep(std::string_view piece)
{
    if (m_tooLarge || m_held.size() + piece.size() > m_maxBytes) {
        m_tooLarge = true;
        m_held.clear();
        return;
    }
    m_held.append(piece);
}

} // namespace farthing
