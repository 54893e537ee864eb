// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/EventSource.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
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

Result<void> readJsonLines(std::istream &in, const OnBadRow &onBadRow, const Take &take)
{
    std::string line;
    std::vector<CostEvent> events;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos)
            continue;
        auto event = eventFromJson(line);
        if (!event) {
            const Error error = event.error().at("line " + std::to_string(number));
            if (!onBadRow || !onBadRow(error))
                return error;
            continue;
        }
        events.push_back(*std::move(event));
        if (auto taken = take(events); !taken)
            return taken;
    }
    return take(events);
}

void skipByteOrderMark(std::istream &in)
{
    char mark[3] = {};
    if (!in.read(mark, sizeof mark) || std::string_view(mark, sizeof mark) != "\xef\xbb\xbf") {
        in.clear();
        in.seekg(0);
    }
}

/// Element by element, so that the array is never held as a whole.
Result<void> readJsonArray(std::istream &in, const OnBadRow &onBadRow, const Take &take)
{
    using Json = nlohmann::ordered_json;
    using Parse = Json::parse_event_t;
    Result<void> result;
    std::vector<CostEvent> events;
    std::size_t number = 0;
    const auto element = [&](const Json &json) {
        auto event = eventFromJson(json.dump());
        if (event) {
            events.push_back(*std::move(event));
            result = take(events);
            return;
        }
        const Error error = event.error().at("element " + std::to_string(number));
        if (!onBadRow || !onBadRow(error))
            result = error;
    };
    try {
        const auto ignored = Json::parse(in, [&](int depth, Parse what, Json &json) {
            if (depth != 1 || what == Parse::object_start || what == Parse::array_start || what == Parse::key)
                return true;
            ++number;
            if (result)
                element(json);
            return false;
        });
    } catch (const Json::parse_error &error) {
        const std::string_view text(error.what());
        return Error{std::string(text.substr(text.find("] ") + 2))}; // behind the library's number of it
    }
    return result ? take(events) : result;
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
    auto read = first == '['   ? readJsonArray(in, onBadRow, take)
                : first == '{' ? readJsonLines(in, onBadRow, take)
                               : readCsv(in, onBadRow, take);
    return read && in.bad() ? Result<void>(Error{"cannot be read to its end"}) : read;
}

} // namespace farthing
