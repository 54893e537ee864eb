// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ReplyHeadReader.h"

#include "core/proxy/ReplyHeadText.h"

#include <algorithm>
#include <cstdlib>

namespace farthing {

namespace {

std::string_view withoutLeadingBlanks(std::string_view text)
{
    return text.substr(std::min(text.find_first_not_of(" \t"), text.size()));
}

std::string_view withoutTrailingBlanks(std::string_view text)
{
    return text.substr(0, text.find_last_not_of(" \t") + 1);
}

bool isLength(std::string_view text)
{
    return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
}

bool framesBody(std::string_view name)
{
    return sameName(name, "content-length") || sameName(name, "transfer-encoding");
}

} // namespace

void ReplyHeadReader::feed(std::string_view line)
{
    if (m_complete)
        return;
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
        line.remove_suffix(1);
    std::string clean(line);
    std::ranges::replace(clean, '\r', ' ');
    if (clean.starts_with("HTTP/"))
        readStatusLine(clean);
    else if (!clean.empty())
        readHeader(clean);
    else if (m_head.status >= 200) {
        settleLength();
        m_complete = true;
    }
}

void ReplyHeadReader::readStatusLine(std::string_view line)
{
    m_head = {};
    const auto space = line.find(' ');
    if (space != line.npos)
        m_head.status = std::atoi(std::string(line.substr(space + 1, 3)).c_str());
    if (!line.starts_with("HTTP/1"))
        m_head.reason = reasonOf(m_head.status); // later versions have none
    else if (space != line.npos && line.size() > space + 5)
        m_head.reason = line.substr(space + 5);
}

void ReplyHeadReader::readHeader(std::string_view line)
{
    if (line.front() == ' ' || line.front() == '\t') {
        if (!m_head.headers.empty())
            m_head.headers.back().value.append(" ").append(withoutLeadingBlanks(line));
        return;
    }
    const auto colon = line.find(':');
    if (colon == line.npos)
        return;
    const std::string_view name = withoutTrailingBlanks(line.substr(0, colon));
    // libcurl does not know the body's end by such a line, but others might.
    if (name.size() < colon && framesBody(name))
        m_head.unclear = "there is a space behind its " + std::string(name);
    if (!name.empty())
        m_head.headers.push_back(
            {std::string(name), std::string(withoutLeadingBlanks(line.substr(colon + 1)))});
}

void ReplyHeadReader::settleLength()
{
    const bool coded = contains(m_head.headers, "transfer-encoding");
    std::string length;
    for (const Header &header : m_head.headers) {
        if (coded || !sameName(header.name, "content-length"))
            continue;
        std::string_view rest = header.value;
        for (bool more = true; more;) {
            const auto comma = std::min(rest.find(','), rest.size());
            const auto item = withoutTrailingBlanks(withoutLeadingBlanks(rest.substr(0, comma)));
            if (!isLength(item) || (!length.empty() && item != length))
                m_head.unclear = "its Content-Length is '" + header.value + "'" +
                                 (length.empty() ? "" : " beside '" + length + "'");
            if (length.empty())
                length = item;
            more = comma < rest.size();
            rest.remove_prefix(more ? comma + 1 : comma);
        }
    }
    if (!m_head.unclear.empty())
        return;
    bool kept = coded;
    std::erase_if(m_head.headers, [&kept, &length](Header &header) {
        if (!sameName(header.name, "content-length"))
            return false;
        header.value = length;
        return std::exchange(kept, true);
    });
}

} // namespace farthing
