// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/providers/JsonThinner.h"

#include <algorithm>
#include <utility>

namespace farthing {

namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t base64Kept = 1024;
/// "data:image/svg+xml;charset=utf-8;base64,"
constexpr std::size_t urlHead = 100;

bool isBetween(char c, char first, char last)
{
    return c >= first && c <= last;
}

bool isOfBase64(char c)
{
    return isBetween(c, 'A', 'Z') || isBetween(c, 'a', 'z') || isBetween(c, '0', '9') || c == '+' ||
           c == '/' || c == '=' || c == '-' || c == '_';
}

bool isOfUrlHead(char c)
{
    return c == ':' || c == ';' || c == ',' || c == '.';
}

bool beginsNumber(char c)
{
    return isBetween(c, '0', '9') || c == '-';
}

/// Of a string, up to its end or what is escaped.
std::size_t plainBytes(std::string_view text)
{
    const auto *const end = std::ranges::find_if(text, [](char c) { return c == '"' || c == '\\'; });
    return static_cast<std::size_t>(end - text.begin());
}

bool endsNumbers(char c)
{
    return c == ']' || c == '"' || c == '[' || c == '{' || c == '}';
}

} // namespace

std::string_view JsonThinner::takeRun(std::string_view &chunk)
{
    if (m_place == Place::Numbers)
        dropNumbers(chunk);
    if (m_place == Place::Base64)
        return dropBase64(chunk);
    if (m_afterBlank)
        chunk.remove_prefix(std::min(chunk.find_first_not_of(blanks), chunk.size()));
    std::size_t kept = 0;
    while (kept < chunk.size() && mayGoOn(chunk[kept])) {
        ++kept;
        if (m_place == Place::String && !m_isBase64 && !m_escaped)
            kept += plainBytes(chunk.substr(kept));
    }
    const std::string_view run = chunk.substr(0, kept);
    chunk.remove_prefix(kept);
    return run;
}

/// False where what follows, from this byte on, is left out.
bool JsonThinner::mayGoOn(char c)
{
    if (m_place == Place::String) {
        if (m_isBase64 && m_stringBytes >= base64Kept && !m_escaped && isOfBase64(c)) {
            m_place = Place::Base64;
            return false;
        }
        readString(c);
        return true;
    }
    const bool isBlank = blanks.find(c) != blanks.npos;
    if (isBlank)
        return !std::exchange(m_afterBlank, true);
    m_afterBlank = false;
    if (m_place == Place::ArrayBegins && beginsNumber(c)) {
        m_place = Place::Numbers;
        return false;
    }
    readBetween(c);
    return true;
}

void JsonThinner::readBetween(char c)
{
    m_place = c == '"' ? Place::String : c == '[' ? Place::ArrayBegins : Place::Between;
    m_isBase64 = true;
    m_stringBytes = 0;
}

void JsonThinner::readString(char c)
{
    if (m_escaped) {
        m_escaped = false;
        m_isBase64 = m_isBase64 && c == '/';
    } else if (c == '\\') {
        m_escaped = true;
    } else if (c == '"') {
        m_place = Place::Between;
    } else {
        m_isBase64 = m_isBase64 && (isOfBase64(c) || (m_stringBytes < urlHead && isOfUrlHead(c)));
    }
    ++m_stringBytes;
}

void JsonThinner::dropNumbers(std::string_view &chunk)
{
    const auto *const end = std::ranges::find_if(chunk, endsNumbers);
    chunk.remove_prefix(static_cast<std::size_t>(end - chunk.begin()));
    if (!chunk.empty())
        m_place = Place::Between;
}

/// Up to the string's end, which is kept.
std::string_view JsonThinner::dropBase64(std::string_view &chunk)
{
    while (!chunk.empty()) {
        if (std::exchange(m_escaped, false))
            chunk.remove_prefix(1);
        chunk.remove_prefix(plainBytes(chunk));
        const std::string_view next = chunk.substr(0, 1);
        chunk.remove_prefix(next.size());
        m_escaped = next == "\\";
        if (next != "\"")
            continue;
        m_place = Place::Between;
        return next;
    }
    return {};
}

} // namespace farthing
