// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Interrupt.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"

#include "core/ingest/logs/ClaudeCodeFiles.h"
#include "core/ingest/logs/ClaudeCodeLog.h"
#include "core/ingest/logs/EventFile.h"
#include "core/ingest/logs/ImportRun.h"
#include "core/store/MeteredCalls.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

constexpr std::uint64_t badRowsSaid = 20;

/// What every import takes.
struct Options
{
    std::string onError;
    bool json = false;
    std::string workflow;
    std::string feature;
    std::string user;

    void addTo(CLI::App &command, const char *defaultOnError)
    {
        onError = defaultOnError;
        command
            .add_option(
                "--on-error", onError,
                "A row that cannot be read: stop, and nothing is written, or skip it and say so (then "
                "some\n"
                "ten thousand events are written at a time)")
            ->check(CLI::IsMember({"stop", "skip"}))
            ->capture_default_str();
        command.add_flag("--json", json, "The counts as JSON");
    }
    /// For files that do not say whose calls they are.
    void addNamesTo(CLI::App &command)
    {
        command.add_option("--workflow", workflow, "The workflow of all events");
        command.add_option("--feature", feature, "The feature of all events");
        command.add_option("--user", user, "The user of all events");
    }
    void complete(CostEvent &event) const
    {
        for (const auto &[given, text] : {std::pair(&workflow, &event.workflow),
                                          std::pair(&feature, &event.feature), std::pair(&user, &event.user)})
            if (!given->empty())
                *text = *given;
    }
};

void say(const ImportReport &report)
{
    const auto count = [](std::uint64_t n) { return withThousands(static_cast<std::int64_t>(n)); };
    std::cout << count(report.written) << " events written, " << count(report.alreadyThere)
              << " were there already";
    if (report.metered > 0)
        std::cout << ", " << count(report.metered) << " passed through the proxy";
    if (report.grown > 0)
        std::cout << ", " << count(report.grown) << " have more output than before";
    if (report.skipped > 0)
        std::cout << ", " << count(report.skipped) << " bad rows skipped";
    std::cout << '\n';
    if (report.listCostsLeftOut > 0)
        std::cout << count(report.listCostsLeftOut)
                  << " list costs left out: nothing says by what was saved\n";
}

void sayInJson(const ImportReport &report)
{
    std::cout << nlohmann::json{{"written", report.written}, {"already_there", report.alreadyThere},
                                {"metered", report.metered}, {"grown", report.grown},
                                {"skipped", report.skipped}, {"list_costs_left_out", report.listCostsLeftOut}}
                     .dump()
              << '\n';
}

/// `name` is the file, where there is one that errors do not name themselves.
ExitCode import(const Context &context, EventSource &source, const Options &options, const std::string &name,
                const MeteredCalls &metered = {})
{
    const auto placed = [&name](const Error &error) { return name.empty() ? error : error.at(name); };
    const auto book = context.prices();
    if (!book)
        return fail(book.error());
    if (auto created = context.dir().create(); !created)
        return fail(created.error());
    ProgressLine progress("bytes", source.bytes());
    ImportOptions run;
    run.isMetered = [&metered](const CostEvent &event) { return metered.has(event); };
    run.complete = [&options](CostEvent &event) { options.complete(event); };
    run.goOn = [&progress, &isInterrupted = catchInterrupts()](std::uint64_t bytes) {
        progress.at(bytes);
        return !isInterrupted;
    };
    std::uint64_t skipped = 0;
    if (options.onError == "skip")
        run.onBadRow = [&](const Error &error) {
            if (++skipped <= badRowsSaid)
                std::cerr << "farthingctl: " << placed(error).toString() << ": skipped\n";
            else if (skipped == badRowsSaid + 1)
                std::cerr << "farthingctl: further bad rows are skipped in silence\n";
        };
    const auto report = runImport(source, context.dir().database(), **book, run);
    if (!report)
        return fail(placed(report.error()));
    options.json ? sayInJson(*report) : say(*report);
    return report->isCancelled ? fail({"was interrupted; what was not yet written is not"}) : ExitCode::Ok;
}

void addEvents(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "events", "What `export events` wrote: CSV, JSON lines, or a JSON array. A list cost that comes\n"
                  "without its savings, as in CSV, is kept where today's prices come to the same cost\n"
                  "and list cost, which splits it; otherwise it is left out");
    const auto options = std::make_shared<Options>();
    const auto file = std::make_shared<std::string>();
    command
        ->add_option("file", *file, "Events that are in the store already are skipped; - is standard input")
        ->required();
    options->addTo(*command, "stop");
    command->callback([&context, &exit, options, file] {
        const auto source = EventFile::open(*file);
        exit = source ? import(context, **source, *options, *file) : fail(source.error().at(*file));
    });
}

void addClaudeCode(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "claude-code",
        "Claude Code's transcripts: workflow claude-code, the project's folder as the feature.\n"
        "Messages that come several times count once; those in the store are skipped");
    const auto options = std::make_shared<Options>();
    const auto paths = std::make_shared<std::vector<std::string>>();
    command->add_option("paths", *paths,
                        "Transcripts, or folders of them (default: projects/ in CLAUDE_CONFIG_DIR, else in\n"
                        "~/.config/claude and ~/.claude)");
    options->addTo(*command, "skip");
    options->addNamesTo(*command);
    command->callback([&context, &exit, options, paths] {
        std::vector<std::filesystem::path> all(paths->begin(), paths->end());
        if (all.empty())
            all = ClaudeCodeFiles::usualFolders();
        if (all.empty()) {
            exit = fail({"there are no transcripts where Claude Code keeps them; name a file or folder"},
                        ExitCode::NothingFound);
            return;
        }
        const auto source = ClaudeCodeFiles::open(all);
        const auto metered = MeteredCalls::ofClient(context.dir().database(), claudeCodeClient);
        exit = !source    ? fail(source.error())
               : !metered ? fail(metered.error())
                          : import(context, **source, *options, {}, *metered);
    });
}

} // namespace

void addImportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("import", "Take over events from files");
    group->require_subcommand(1);
    addEvents(*group, context, exit);
    addClaudeCode(*group, context, exit);
}

} // namespace farthing
