// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Context.h"

namespace farthing {

/// Each adds its command to `app`; the command's callback leaves its exit code in `exit`.
void addExportCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addReportCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addMeterCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addPricesCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addImportCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addBackupCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addDoctorCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addBodiesCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addTokenCommand(CLI::App &app, const Context &context, ExitCode &exit);
void addCompletionCommand(CLI::App &app, const Context &context, ExitCode &exit);

} // namespace farthing
