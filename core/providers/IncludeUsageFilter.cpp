// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/TextSearch.h"
#include "core/providers/IncludeUsage.h"
#include "core/providers/JsonReader.h"
#include "core/providers/SseParser.h"

#include <algorithm>
#include <utility>

namespace farthing {

using simdjson::ondemand::json_type;

namespace {

constexpr std::size_t maxHeldBytes = std::size_t{32} << 20;
constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view usageKey = "\"usage\"";

/// Just behind the blank line that ends the first event of `text`, searched from `from`; npos where none
/// does. A CR ends a line by itself: whether an LF belongs to it shows later.
std::size_t eventEnd(std::string_view text, std::size_t from)
{
    for (std::size_t at = sseLineEnd(text, from); at != std::string_view::npos; at = sseLineEnd(text, at)) {
        std::size_t next = at + 1;
        if (text[at] == '\r' && next < text.size() && text[next] == '\n')
            ++next;
        if (next < text.size() && text[next] == '\n')
            return next + 1;
        if (next < text.size() && text[next] == '\r')
            return next + 1 < text.size() && text[next + 1] == '\n' ? next + 2 : next + 1;
        at = next;
    }
    return std::string_view::npos;
}

/// The JSON of an event that has exactly one data line, as a view into it; empty otherwise.
std::string_view dataOf(std::string_view event)
{
    std::string_view data;
    int lines = 0;
    while (!event.empty()) {
        const std::size_t end = sseLineEnd(event);
        std::string_view line = event.substr(0, end);
        event = end == std::string_view::npos ? std::string_view() : event.substr(end + 1);
        if (line.starts_with("data:")) {
            data = line.substr(5);
            ++lines;
        }
    }
    return lines == 1 ? data : std::string_view();
}

struct Chunk
{
    bool usageOnly = false;  ///< empty choices and a usage object
    std::size_t nullKey = 0; ///< of `"usage":null`: where the key's opening quote is,
    std::size_t nullEnd = 0; ///< and just behind the null; 0 where there is none
};

Chunk readChunk(std::string_view data)
{
    Chunk chunk;
    thread_local JsonReader reader; // include_usage puts a usage member into each and every chunk
    JsonReader::Object root;
    if (!reader.open(data, root))
        return chunk;
    bool emptyChoices = false;
    bool usageObject = false;
    for (auto entry : root) {
        simdjson::ondemand::field field;
        if (std::move(entry).get(field) != simdjson::SUCCESS)
            return {};
        const char *keyStart = field.key().raw();
        const std::string_view key(keyStart, data.size() - reader.offsetOf(keyStart));
        JsonReader::Value value = field.value();
        if (key.starts_with("choices\"")) {
            emptyChoices = typeOf(value) == json_type::array;
            forEachItem(value, [&](JsonReader::Value) { emptyChoices = false; });
        } else if (key.starts_with("usage\"")) {
            usageObject = typeOf(value) == json_type::object;
            const std::string_view raw = rawOf(value);
            if (raw == "null") {
                chunk.nullKey = reader.offsetOf(keyStart) - 1;
                chunk.nullEnd = reader.offsetOf(raw.data()) + raw.size();
            }
        }
    }
    chunk.usageOnly = emptyChoices && usageObject;
    return chunk;
}

constexpr std::string_view jsonSpace = " \t\r\n";

/// The bytes to take out with a member: with the comma and space before it, or, for the first, with those
/// behind it.
std::pair<std::size_t, std::size_t> memberSpan(std::string_view data, std::size_t key, std::size_t end)
{
    const std::size_t before = data.find_last_not_of(jsonSpace, key - 1);
    if (before != std::string_view::npos && data[before] == ',')
        return {before, end};
    const std::size_t behind = data.find_first_not_of(jsonSpace, end);
    if (behind == std::string_view::npos || data[behind] != ',')
        return {key, end};
    return {key, std::min(data.find_first_not_of(jsonSpace, behind + 1), data.size())};
}

} // namespace

void IncludeUsageFilter::feed(std::string_view chunk, std::string &out)
{
    if (m_afterReturn && !chunk.empty()) {
        m_afterReturn = false;
        if (chunk.front() == '\n') {
            if (!m_dropped)
                out.push_back('\n');
            chunk.remove_prefix(1);
        }
    }
    // Whole events that lie in the chunk pass from there; only an event that was cut is put together first.
    if (!m_held.empty())
        m_held.append(chunk);
    std::string_view rest = m_held.empty() ? chunk : std::string_view(m_held);
    std::size_t from = m_scanned;
    for (std::size_t end = eventEnd(rest, from); end != std::string_view::npos; end = eventEnd(rest, 0)) {
        pass(rest.substr(0, end), out);
        m_afterReturn = end == rest.size() && rest[end - 1] == '\r';
        rest.remove_prefix(end);
        from = 0;
    }
    if (rest.size() > maxHeldBytes || m_passThrough) {
        out.append(rest);
        m_passThrough = true;
        rest = rest.substr(rest.size());
    }
    if (m_held.empty())
        m_held = rest;
    else
        m_held.erase(0, m_held.size() - rest.size());
    // The line end before the blank line may have come already.
    m_scanned = m_held.size() < 2 ? 0 : m_held.size() - 2;
}

void IncludeUsageFilter::pass(std::string_view event, std::string &out)
{
    m_dropped = false;
    if (m_passThrough || !containsText(event, usageKey)) {
        out.append(event);
        m_passThrough = m_first = false;
        return;
    }
    const bool mark = m_first && event.starts_with(byteOrderMark);
    m_first = false;
    const std::string_view data = dataOf(mark ? event.substr(byteOrderMark.size()) : event);
    const Chunk found = data.empty() ? Chunk{} : readChunk(data);
    if (found.usageOnly) {
        m_dropped = true;
        if (mark)
            out.append(byteOrderMark);
        return;
    }
    if (found.nullEnd == 0) {
        out.append(event);
        return;
    }
    const auto [start, end] = memberSpan(data, found.nullKey, found.nullEnd);
    const auto dataAt = static_cast<std::size_t>(data.data() - event.data());
    out.append(event.substr(0, dataAt + start)).append(event.substr(dataAt + end));
}

void IncludeUsageFilter::finish(std::string &out)
{
    // An upstream that ends without the last blank line still ends the chunk.
    if (!m_held.empty()) {
        const std::string held = std::move(m_held);
        m_held.clear();
        pass(held, out);
    }
    m_scanned = 0;
}

} // namespace farthing
