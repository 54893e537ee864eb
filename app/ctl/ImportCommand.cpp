// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/model/EventCsv.h"
#include "core/store/StoreWriter.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace farthing {

namespace {

constexpr std::size_t eventsPerTransaction = 10'000;
constexpr std::uint64_t badRowsSaid = 20;

struct Options
{
    std::string file;
    std::string onError = "stop";
    bool json = false;
};

/// The file to read, which is read twice: what comes out of a pipe is kept in a file of its own meanwhile.
class Source
{
public:
    static Result<std::unique_ptr<Source>> open(const std::string &name)
    {
        const std::string path = name == "-" ? "/dev/stdin" : name;
        std::error_code unknown;
        if (!std::filesystem::exists(path, unknown) || std::filesystem::is_regular_file(path, unknown))
            return std::unique_ptr<Source>(new Source(path, false));
        std::string copy =
            (std::filesystem::temp_directory_path(unknown) / "farthing-import-XXXXXX").string();
        const int fd = ::mkstemp(copy.data());
        if (fd < 0)
            return Error{std::strerror(errno), copy};
        ::close(fd);
        std::unique_ptr<Source> source(new Source(copy, true));
        std::ifstream in(path, std::ios::binary);
        std::ofstream out(copy, std::ios::binary);
        if (in.peek() != std::ifstream::traits_type::eof())
            out << in.rdbuf();
        if (!out.flush() || in.bad())
            return Error{"cannot be copied to " + copy};
        return source;
    }
    ~Source()
    {
        std::error_code ignored;
        if (m_temporary)
            std::filesystem::remove(m_path, ignored);
    }
    Source(const Source &) = delete;
    Source &operator=(const Source &) = delete;

    [[nodiscard]] const std::string &path() const { return m_path; }

private:
    Source(std::string path, bool temporary)
        : m_path(std::move(path))
        , m_temporary(temporary)
    {}

    std::string m_path;
    bool m_temporary;
};

using Take = std::function<Result<void>(std::vector<CostEvent> &events)>;
using OnBadRow = EventCsvReader::OnBadRow;

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

/// `take` gets the events read so far, and empties the vector when it has used them.
Result<void> readEvents(const std::string &file, const OnBadRow &onBadRow, const Take &take)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return Error{"cannot be opened"};
    skipByteOrderMark(in);
    auto read = in.peek() == '{' ? readJsonLines(in, onBadRow, take) : readCsv(in, onBadRow, take);
    return read && in.bad() ? Result<void>(Error{"cannot be read to its end"}) : read;
}

/// A bad row must change nothing, so the whole file is read once before anything is written.
Result<void> check(const Source &source)
{
    return readEvents(source.path(), {}, [](std::vector<CostEvent> &events) {
        events.clear();
        return Result<void>();
    });
}

Result<ImportCount> write(const Context &context, const Source &source, const OnBadRow &onBadRow)
{
    ImportCount sum;
    const auto flush = [&](std::vector<CostEvent> &events) -> Result<void> {
        const auto count = writeEvents(context.dir().database(), events);
        if (!count)
            return count.error();
        sum.written += count->written;
        sum.alreadyThere += count->alreadyThere;
        events.clear();
        return {};
    };
    std::vector<CostEvent> waiting;
    const auto read = readEvents(source.path(), onBadRow, [&](std::vector<CostEvent> &events) {
        std::ranges::move(events, std::back_inserter(waiting));
        events.clear();
        return waiting.size() < eventsPerTransaction ? Result<void>() : flush(waiting);
    });
    if (!read)
        return read.error();
    if (!waiting.empty())
        if (const auto last = flush(waiting); !last)
            return last.error();
    return sum;
}

ExitCode importEvents(const Context &context, const Options &options)
{
    const auto source = Source::open(options.file);
    if (!source)
        return fail(source.error().at(options.file));
    std::uint64_t skipped = 0;
    OnBadRow skip;
    if (options.onError == "skip")
        skip = [&](const Error &error) {
            if (++skipped <= badRowsSaid)
                std::cerr << "farthingctl: " << error.at(options.file).toString() << ": skipped\n";
            else if (skipped == badRowsSaid + 1)
                std::cerr << "farthingctl: further bad rows are skipped in silence\n";
            return true;
        };
    else if (const auto checked = check(**source); !checked)
        return fail(checked.error().at(options.file));
    if (auto created = context.dir().create(); !created)
        return fail(created.error());
    const auto count = write(context, **source, skip);
    if (!count)
        return fail(count.error().at(options.file));
    if (options.json)
        std::cout << nlohmann::json{{"written", count->written},
                                    {"already_there", count->alreadyThere},
                                    {"skipped", skipped}}
                         .dump()
                  << '\n';
    else {
        std::cout << withThousands(static_cast<std::int64_t>(count->written)) << " events written, "
                  << withThousands(static_cast<std::int64_t>(count->alreadyThere)) << " were there already";
        if (skipped > 0)
            std::cout << ", " << withThousands(static_cast<std::int64_t>(skipped)) << " bad rows skipped";
        std::cout << '\n';
    }
    return ExitCode::Ok;
}

} // namespace

void addImportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("import", "Take over events from a file");
    group->require_subcommand(1);
    CLI::App *const command =
        group->add_subcommand("events", "What `export events` wrote, CSV or JSON lines");
    const auto options = std::make_shared<Options>();
    command
        ->add_option("file", options->file,
                     "Events that are in the store already are skipped; - is standard input")
        ->required();
    command
        ->add_option("--on-error", options->onError,
                     "A row that cannot be read: stop, and nothing is written, or skip it and say so")
        ->check(CLI::IsMember({"stop", "skip"}))
        ->capture_default_str();
    command->add_flag("--json", options->json, "The counts as JSON");
    command->callback([&context, &exit, options] { exit = importEvents(context, *options); });
}

} // namespace farthing
