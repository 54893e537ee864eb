// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Interrupt.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"
#include "app/ctl/OutputFile.h"

#include "core/store/EventExport.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace farthing {

namespace {

struct Options
{
    FilterOptions filter;
    std::string format = "csv";
    std::string output;
};

ExitCode exportEvents(const Context &context, const Options &options)
{
    const auto filter = options.filter.resolve();
    if (!filter)
        return fail(filter.error(), ExitCode::Usage);
    auto queries = QueryService::open(context.dir().database());
    if (!queries)
        return fail(queries.error());
    auto output = OutputFile::open(options.output);
    if (!output)
        return fail(output.error());
    std::optional<ProgressLine> line;
    EventExport run{.filter = *filter,
                    .form = options.format == "csv" ? EventExport::Form::Csv : EventExport::Form::JsonLines,
                    .write = [&](std::string_view text) { return (*output)->write(text); }};
    if (!options.output.empty())
        run.progress = [&line](std::uint64_t events, std::uint64_t of) {
            if (!line)
                line.emplace("events", of);
            line->at(events);
        };
    const auto done = run.run(**queries, &catchInterrupts());
    line.reset();
    if (!done)
        return fail(done.error());
    const auto finished = (*output)->finish();
    if (!finished)
        return fail(finished.error());
    if (done->damaged > 0)
        std::cerr << withThousands(static_cast<std::int64_t>(done->damaged))
                  << " of the events came without their details, which cannot be read\n";
    return done->events > 0 ? ExitCode::Ok : ExitCode::NothingFound;
}

} // namespace

void addExportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("export", "Write recorded data to a file or standard output");
    group->require_subcommand(1);
    CLI::App *const command = group->add_subcommand("events", "Every event, oldest first");
    const auto options = std::make_shared<Options>();
    options->filter.addTo(*command);
    command
        ->add_option("--format", options->format,
                     "csv, or json (an object a line, with what lies beside the row)")
        ->check(CLI::IsMember({"csv", "json"}));
    command->add_flag_callback(
        "--json", [options] { options->format = "json"; }, "The same as --format json");
    command->add_option("-o,--output", options->output, "File to write; it appears when it is complete");
    command->callback([&context, &exit, options] { exit = exportEvents(context, *options); });
}

} // namespace farthing
