// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/import/Importing.h"

#include "app/cli/Interrupt.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/Thousands.h"

#include "core/ingest/logs/ImportRun.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

constexpr std::uint64_t badRowsSaid = 20;

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
    if (report.tooOld > 0)
        std::cout << ", " << count(report.tooOld) << " older than what the store keeps";
    std::cout << '\n';
    if (report.listCostsLeftOut > 0)
        std::cout << count(report.listCostsLeftOut)
                  << " list costs left out: nothing says by what was saved\n";
}

void sayInJson(const ImportReport &report)
{
    std::cout << nlohmann::json{{"written", report.written},
                                {"already_there", report.alreadyThere},
                                {"metered", report.metered},
                                {"grown", report.grown},
                                {"skipped", report.skipped},
                                {"too_old", report.tooOld},
                                {"list_costs_left_out", report.listCostsLeftOut}}
                     .dump()
              << '\n';
}

} // namespace

void ImportArguments::addTo(CLI::App &command, const char *defaultOnError)
{
    onError = defaultOnError;
    command
        .add_option("--on-error", onError,
                    "A row that cannot be read: stop, and nothing is written, or skip it and say so (then "
                    "some\n"
                    "ten thousand events are written at a time)")
        ->check(CLI::IsMember({"stop", "skip"}))
        ->capture_default_str();
    command.add_flag("--json", json, "The counts as JSON");
}

void ImportArguments::addNamesTo(CLI::App &command)
{
    command.add_option("--workflow", workflow, "The workflow of all events");
    command.add_option("--feature", feature, "The feature of all events");
    command.add_option("--user", user, "The user of all events");
}

void ImportArguments::complete(CostEvent &event) const
{
    for (const auto &[given, text] : {std::pair(&workflow, &event.workflow),
                                      std::pair(&feature, &event.feature), std::pair(&user, &event.user)})
        if (!given->empty())
            *text = *given;
}

ExitCode importFrom(const Context &context, EventSource &source, const ImportArguments &arguments,
                    const std::string &name, const MeteredCalls &metered)
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
    run.complete = [&arguments](CostEvent &event) { arguments.complete(event); };
    run.goOn = [&progress, &isInterrupted = catchInterrupts()](std::uint64_t bytes) {
        progress.at(bytes);
        return !isInterrupted;
    };
    std::uint64_t skipped = 0;
    if (arguments.onError == "skip")
        run.onBadRow = [&](const Error &error) {
            if (++skipped <= badRowsSaid)
                std::cerr << "farthingctl: " << placed(error).toString() << ": skipped\n";
            else if (skipped == badRowsSaid + 1)
                std::cerr << "farthingctl: further bad rows are skipped in silence\n";
        };
    const auto report = runImport(source, context.dir().database(), **book, run);
    if (!report)
        return fail(placed(report.error()));
    arguments.json ? sayInJson(*report) : say(*report);
    return report->isCancelled ? fail({"was interrupted; what was not yet written is not"}) : ExitCode::Ok;
}

} // namespace farthing
