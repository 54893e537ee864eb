// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/SseParser.h"

namespace farthing {

namespace {

constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

} // namespace

std::size_t sseLineEnd(std::string_view text, std::size_t from)
{
    const std::size_t lineFeed = text.find('\n', from);
    const std::size_t carriageReturn = text.substr(0, lineFeed).find('\r', from);
    return carriageReturn == std::string_view::npos ? lineFeed : carriageReturn;
}

bool SseParser::takeLine(std::string_view &chunk, std::string_view &line)
{
    if (m_skipLineFeed && !chunk.empty()) {
        if (chunk.front() == '\n')
            chunk.remove_prefix(1);
        m_skipLineFeed = false;
    }
    const std::size_t end = sseLineEnd(chunk);
    const std::string_view piece = chunk.substr(0, end);
    const bool complete = end != std::string_view::npos;

    // A line cut by the chunk's end is kept; so is the rest of one, and the view into this chunk would not
    // outlive it.
    if (!complete || !m_line.empty()) {
        if (m_line.size() + piece.size() > m_maxEventBytes)
            m_tooLarge = true;
        else
            m_line.append(piece);
    }
    if (!complete) {
        chunk = {};
        return false;
    }
    line = m_line.empty() ? piece : std::string_view(m_line);
    if (m_firstLine) {
        if (line.starts_with(byteOrderMark))
            line.remove_prefix(byteOrderMark.size());
        m_firstLine = false;
    }
    m_skipLineFeed = chunk[end] == '\r';
    chunk.remove_prefix(end + 1);
    if (m_skipLineFeed && !chunk.empty()) {
        if (chunk.front() == '\n')
            chunk.remove_prefix(1);
        m_skipLineFeed = false;
    }
    return true;
}

void SseParser::takeField(std::string_view line)
{
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (name == "data")
        appendData(value);
    else if (name == "event")
        m_type = value;
}

void SseParser::appendData(std::string_view value)
{
    if (!m_hasData) {
        m_hasData = true;
        if (m_line.empty()) {
            m_view = value;
            m_inPlace = true;
        } else {
            m_data = value;
        }
        return;
    }
    keepView();
    if (m_data.size() + value.size() >= m_maxEventBytes) {
        m_tooLarge = true;
        return;
    }
    m_data.push_back('\n');
    m_data.append(value);
}

void SseParser::keepView()
{
    if (!m_inPlace)
        return;
    m_data = m_view;
    m_inPlace = false;
}

void SseParser::clearEvent()
{
    m_type.clear();
    m_data.clear();
    m_inPlace = m_hasData = m_tooLarge = false;
}

} // namespace farthing
