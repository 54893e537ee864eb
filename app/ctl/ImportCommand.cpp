// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"
#include "app/ctl/Table.h"

#include "core/model/EventCsv.h"
#include "core/store/StoreWriter.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

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

/// `take` gets the events read so far, and empties the vector when it has used them.
Result<void> readEvents(const std::string &file, const OnBadRow &onBadRow, const Take &take)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        return Error{"cannot be opened"};
    auto read = in.peek() == '{' ? readJsonLines(in, onBadRow, take) : readCsv(in, onBadRow, take);
    return read && in.bad() ? Result<void>(Error{"cannot be read to its end"}) : read;
}

/// A bad row must change nothing, so the whole file is read once before anything is written.
Result<void> check(const Options &options)
{
    return readEvents(options.file, {}, [](std::vector<CostEvent> &events) {
        events.clear();
        return Result<void>();
    });
}

Result<ImportCount> write(const Context &context, const Options &options, const OnBadRow &onBadRow)
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
    const auto read = readEvents(options.file, onBadRow, [&](std::vector<CostEvent> &events) {
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
    if (auto created = context.dir().create(); !created)
        return fail(created.error());
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
    else if (const auto checked = check(options); !checked)
        return fail(checked.error().at(options.file));
    const auto count = write(context, options, skip);
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
    command->add_option("file", options->file, "Events that are in the store already are skipped")
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
