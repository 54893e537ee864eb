// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Interrupt.h"
#include "app/cli/ProgressLine.h"
#include "app/cli/Thousands.h"
#include "app/ctl/Commands.h"

#include "core/store/Backup.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

namespace farthing {

namespace {

constexpr std::uint64_t megabyte = 1'000'000;

struct Options
{
    std::string file;
    bool force = false;
    bool json = false;
};

Result<BackupMade> backUpShowing(const Context &context, const Options &options)
{
    const std::atomic<bool> &isInterrupted = catchInterrupts();
    std::optional<ProgressLine> line;
    return backUp(context.dir().database(), options.file,
                  {options.force, [&](std::uint64_t done, std::uint64_t all) {
                       if (!line)
                           line.emplace("MB", all / megabyte);
                       line->at(done / megabyte);
                       return !isInterrupted;
                   }});
}

ExitCode backUpStore(const Context &context, const Options &options)
{
    const auto made = backUpShowing(context, options);
    if (!made)
        return fail(made.error());
    if (options.json)
        std::cout << nlohmann::json{{"file", options.file}, {"events", made->events}, {"bytes", made->bytes}}
                         .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
                  << '\n';
    else
        std::cout << options.file << ": " << withThousands(static_cast<std::int64_t>(made->events))
                  << " events, " << withThousands(static_cast<std::int64_t>(made->bytes / 1000)) << " kB\n";
    return ExitCode::Ok;
}

} // namespace

void addBackupCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const command = app.add_subcommand(
        "backup",
        "Copy the store, events and sums, to a file, also while farthingd serves. The file appears\n"
        "when it is complete. What the proxy journalled and has not stored yet, as a rule the last\n"
        "20 ms, is not in it. To restore it: stop farthingd, remove events.db-wal and\n"
        "events.db-shm, and put the copy in the place of events.db");
    const auto options = std::make_shared<Options>();
    command->add_option("file", options->file, "File to write, mode 0600")->required();
    command->add_flag("--force", options->force, "Replace a file that is there");
    command->add_flag("--json", options->json, "What was written as JSON");
    command->callback([&context, &exit, options] { exit = backUpStore(context, *options); });
}

} // namespace farthing
