// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/EventSource.h"

#include "core/model/EventFields.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <unistd.h>

namespace farthing {

namespace {

using OnBadRow = EventSource::OnBadRow;
using Take = EventSource::Take;

Result<void> readCsv(std::istream &in, const OnBadRow &onBadRow, const Take &take)
{
    EventCsvReader reader(onBadRow);
    std::vector<CostEvent> events;
    std::string chunk(std::size_t(1) << 16, '\0');
    while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())) || in.gcount() > 0) {
        if (auto read = reader.feed({chunk.data(), static_cast<std::size_t>(in.gcount())}, events); !read)
            return read;
        if (auto taken = take(events); !taken)
            return taken;
    }
    if (auto read = reader.finish(events); !read)
        return read;
    return take(events);
}

/// The bytes of a stream, one by one.
class Bytes
{
public:
    explicit Bytes(std::istream &in)
        : m_in(in)
    {}

    /// Nothing at the end.
    std::optional<char> next()
    {
        if (m_at == m_size) {
            m_in.read(m_buffer.data(), static_cast<std::streamsize>(m_buffer.size()));
            m_size = static_cast<std::size_t>(m_in.gcount());
            m_at = 0;
        }
        return m_at < m_size ? std::optional(m_buffer[m_at++]) : std::nullopt;
    }

private:
    std::istream &m_in;
    std::string m_buffer = std::string(std::size_t(1) << 16, '\0');
    std::size_t m_at = 0;
    std::size_t m_size = 0;
};

/// The text of one row. What is beyond the limit is left out, so that no row takes more memory than that.
class RowText
{
public:
    void clear()
    {
        m_text.clear();
        m_tooLong = false;
    }
    void append(char c)
    {
        m_tooLong = m_text.size() == longestRow;
        if (!m_tooLong)
            m_text.push_back(c);
    }
    [[nodiscard]] bool blank() const { return m_text.find_first_not_of(" \t\r\n") == std::string::npos; }
    [[nodiscard]] Result<CostEvent> event(RowCounts &rows) const
    {
        if (m_tooLong)
            return Error{"is longer than " + std::to_string(longestRow) + " bytes"};
        return eventFromJson(m_text, &rows);
    }

private:
    std::string m_text;
    bool m_tooLong = false;
};

/// Hands the event of each row on.
class RowTaker
{
public:
    RowTaker(const OnBadRow &onBadRow, const Take &take)
        : m_onBadRow(onBadRow)
        , m_take(take)
    {}

    Result<void> add(const RowText &row, const std::string &place)
    {
        auto event = row.event(m_rows);
        if (!event) {
            const Error error = event.error().at(place);
            return m_onBadRow && m_onBadRow(error) ? Result<void>() : error;
        }
        m_events.push_back(*std::move(event));
        return m_take(m_events);
    }

private:
    const OnBadRow &m_onBadRow;
    const Take &m_take;
    RowCounts m_rows;
    std::vector<CostEvent> m_events;
};

Result<void> readJsonLines(Bytes in, RowTaker taker)
{
    RowText line;
    for (std::size_t number = 1;; ++number) {
        line.clear();
        auto c = in.next();
        const bool last = !c;
        for (; c && *c != '\n'; c = in.next())
            line.append(*c);
        if (last)
            return {};
        if (line.blank())
            continue;
        if (auto added = taker.add(line, "line " + std::to_string(number)); !added)
            return added;
    }
}

/// Element by element, so that the array is never held as a whole. What an element is made of is for its own
/// reader to judge; here only its end matters.
Result<void> readJsonArray(Bytes in, RowTaker taker)
{
    std::size_t line = 1;
    const auto next = [&] {
        const auto c = in.next();
        line += c == '\n' ? 1 : 0;
        return c;
    };
    const auto at = [&](const char *message) { return Error{message, "line " + std::to_string(line)}; };
    auto c = next();
    while (c && *c != '[')
        c = next();
    RowText element;
    for (std::size_t number = 1; c && *c != ']'; ++number) {
        element.clear();
        std::size_t depth = 0;
        bool inString = false;
        for (c = next(); c && (inString || depth > 0 || (*c != ',' && *c != ']')); c = next()) {
            element.append(*c);
            if (inString && *c == '\\') {
                if (c = next(); c)
                    element.append(*c);
            } else if (*c == '"')
                inString = !inString;
            else if (!inString && (*c == '[' || *c == '{'))
                ++depth;
            else if (!inString && (*c == ']' || *c == '}'))
                depth -= depth > 0 ? 1 : 0;
        }
        if (!c)
            return at("the array does not end");
        if (number == 1 && *c == ']' && element.blank())
            break;
        if (auto added = taker.add(element, "element " + std::to_string(number)); !added)
            return added;
    }
    for (c = next(); c; c = next())
        if (std::string_view(" \t\r\n").find(*c) == std::string_view::npos)
            return at("something follows the array");
    return {};
}

void skipByteOrderMark(std::istream &in)
{
    char mark[3] = {};
    if (!in.read(mark, sizeof mark) || std::string_view(mark, sizeof mark) != "\xef\xbb\xbf") {
        in.clear();
        in.seekg(0);
    }
}

} // namespace

Result<std::unique_ptr<EventSource>> EventSource::open(const std::string &name)
{
    const std::string path = name == "-" ? "/dev/stdin" : name;
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown) || std::filesystem::is_regular_file(path, unknown))
        return std::unique_ptr<EventSource>(new EventSource(path, false));
    std::string copy = (std::filesystem::temp_directory_path(unknown) / "farthing-import-XXXXXX").string();
    const int fd = ::mkstemp(copy.data());
    if (fd < 0)
        return Error{std::strerror(errno), copy};
    ::close(fd);
    std::unique_ptr<EventSource> source(new EventSource(copy, true));
    std::ifstream in(path, std::ios::binary);
    std::ofstream out(copy, std::ios::binary);
    if (in.peek() != std::ifstream::traits_type::eof())
        out << in.rdbuf();
    if (!out.flush() || in.bad())
        return Error{"cannot be copied to " + copy};
    return source;
}

EventSource::~EventSource()
{
    std::error_code ignored;
    if (m_temporary)
        std::filesystem::remove(m_path, ignored);
}

Result<void> EventSource::read(const OnBadRow &onBadRow, const Take &take) const
{
    std::ifstream in(m_path, std::ios::binary);
    if (!in)
        return Error{"cannot be opened"};
    skipByteOrderMark(in);
    const auto begin = in.tellg();
    const auto first = (in >> std::ws).peek();
    in.clear();
    in.seekg(begin);
    auto read = first == '['   ? readJsonArray(Bytes(in), RowTaker(onBadRow, take))
                : first == '{' ? readJsonLines(Bytes(in), RowTaker(onBadRow, take))
                               : readCsv(in, onBadRow, take);
    return read && in.bad() ? Result<void>(Error{"cannot be read to its end"}) : read;
}

} // namespace farthing
