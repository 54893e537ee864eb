// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"
#include "app/ctl/EventSource.h"

#include "core/pricing/CostCalculator.h"
#include "core/store/EventImport.h"

#include <CLI/CLI.hpp>
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

/// A bad row must change nothing, so the whole file is read once before anything is written.
Result<void> check(const EventSource &source)
{
    return source.read({}, [](std::vector<CostEvent> &events) {
        events.clear();
        return Result<void>();
    });
}

struct Done
{
    ImportCount count;
    std::uint64_t listCostsLeftOut = 0;
};

/// All of the file at once, or, where `every` is not 0, as many events at a time.
Result<Done> write(const Context &context, const EventSource &source, const EventSource::OnBadRow &onBadRow,
                   std::size_t every)
{
    const auto book = context.prices();
    if (!book)
        return book.error();
    const auto import = EventImport::open(context.dir().database());
    if (!import)
        return import.error();
    Done done;
    const auto commit = [&]() -> Result<void> {
        const auto count = (*import)->commit();
        if (!count)
            return count.error();
        done.count.written += count->written;
        done.count.alreadyThere += count->alreadyThere;
        return {};
    };
    std::size_t waiting = 0;
    const auto read = source.read(onBadRow, [&](std::vector<CostEvent> &events) {
        if (onBadRow)
            std::erase_if(events, [&](const CostEvent &event) {
                return event.time < (*import)->keptSince() && onBadRow(tooOld(event, (*import)->keptSince()));
            });
        for (CostEvent &event : events)
            done.listCostsLeftOut += completeSavings(event, **book) ? 0 : 1;
        auto added = (*import)->add(events);
        waiting += events.size();
        events.clear();
        if (!added || every == 0 || waiting < every)
            return added;
        waiting = 0;
        return commit();
    });
    if (!read)
        return read.error();
    if (auto last = commit(); !last)
        return last.error();
    return done;
}

ExitCode importEvents(const Context &context, const Options &options)
{
    const auto source = EventSource::open(options.file);
    if (!source)
        return fail(source.error().at(options.file));
    std::uint64_t skipped = 0;
    EventSource::OnBadRow skip;
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
    const auto done = write(context, **source, skip, skip ? eventsPerTransaction : 0);
    if (!done)
        return fail(done.error().at(options.file));
    if (options.json)
        std::cout << nlohmann::json{{"written", done->count.written},
                                    {"already_there", done->count.alreadyThere},
                                    {"skipped", skipped},
                                    {"list_costs_left_out", done->listCostsLeftOut}}
                         .dump()
                  << '\n';
    else {
        std::cout << withThousands(static_cast<std::int64_t>(done->count.written)) << " events written, "
                  << withThousands(static_cast<std::int64_t>(done->count.alreadyThere))
                  << " were there already";
        if (skipped > 0)
            std::cout << ", " << withThousands(static_cast<std::int64_t>(skipped)) << " bad rows skipped";
        std::cout << '\n';
        if (done->listCostsLeftOut > 0)
            std::cout << withThousands(static_cast<std::int64_t>(done->listCostsLeftOut))
                      << " list costs left out: nothing says by what was saved\n";
    }
    return ExitCode::Ok;
}

} // namespace

void addImportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("import", "Take over events from a file");
    group->require_subcommand(1);
    CLI::App *const command = group->add_subcommand(
        "events", "What `export events` wrote: CSV, JSON lines, or a JSON array. A list cost that comes\n"
                  "without its savings, as in CSV, is kept where today's prices come to the same cost\n"
                  "and list cost, which splits it; otherwise it is left out");
    const auto options = std::make_shared<Options>();
    command
        ->add_option("file", options->file,
                     "Events that are in the store already are skipped; - is standard input")
        ->required();
    command
        ->add_option("--on-error", options->onError,
                     "A row that cannot be read: stop, and nothing is written, or skip it and say so (then "
                     "10,000 events\n"
                     "are written at a time)")
        ->check(CLI::IsMember({"stop", "skip"}))
        ->capture_default_str();
    command->add_flag("--json", options->json, "The counts as JSON");
    command->callback([&context, &exit, options] { exit = importEvents(context, *options); });
}

} // namespace farthing
