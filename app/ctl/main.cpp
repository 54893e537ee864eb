// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <string_view>

namespace {

int misused(const CLI::App &app, const CLI::Error &error, bool json)
{
    using namespace farthing;
    if (json && error.get_exit_code() != 0)
        return static_cast<int>(fail({error.what(), "command line"}, ExitCode::Usage));
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::Usage);
}

} // namespace

int main(int argc, char **argv)
{
    using namespace farthing;
    std::signal(SIGPIPE, SIG_IGN);
    CLI::App app("farthingctl: what Farthing recorded, from the command line.", "farthingctl");
    Context context;
    ExitCode exit = ExitCode::Ok;
    app.set_version_flag("--version", "farthingctl " FARTHING_VERSION);
    app.add_option(
        "--data-dir", context.dataDir,
        "Folder that holds everything (default: FARTHING_DATA_DIR, else the XDG folders farthing/)");
    app.require_subcommand(1);
    app.fallthrough();
    app.footer("Exit codes: 0 fine, 1 failed, 2 wrong usage, 3 nothing matched. What went wrong is said on "
               "standard\n"
               "error; with --json on standard output, as {\"error\": {\"message\": …, \"where\": …}}.");
    const bool json =
        std::any_of(argv + 1, argv + argc, [](std::string_view word) { return word == "--json"; });
    if (json)
        failInJson();
    addExportCommand(app, context, exit);
    addReportCommand(app, context, exit);
    addMeterCommand(app, context, exit);
    addPricesCommand(app, context, exit);
    addImportCommand(app, context, exit);
    addBackupCommand(app, context, exit);
    addBodiesCommand(app, context, exit);
    addTokenCommand(app, context, exit);
    addDoctorCommand(app, context, exit);
    addCompletionCommand(app, context, exit);
    try {
        app.parse(argc, argv);
    } catch (const CLI::RequiredError &error) {
        const auto unknown = app.remaining(true);
        return misused(app,
                       unknown.empty() ? static_cast<const CLI::Error &>(error)
                                       : CLI::ExtrasError("farthingctl", unknown),
                       json);
    } catch (const CLI::ParseError &error) {
        return misused(app, error, json);
    }
    if (!std::cout.flush()) {
        std::cerr << "farthingctl: standard output cannot be written\n";
        exit = ExitCode::Failed;
    }
    return static_cast<int>(exit);
}
