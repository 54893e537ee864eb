// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "core/base/Files.h"
#include "core/config/AccessToken.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace farthing {

namespace {

ExitCode write(const DataDir &dir)
{
    const auto token = AccessToken::make();
    if (!token)
        return fail(token.error());
    if (auto created = dir.create(); !created)
        return fail(created.error());
    if (auto written = writeFileAtomically(dir.token(), token->text() + "\n"); !written)
        return fail(written.error());
    std::cout << token->text() << '\n';
    return ExitCode::Ok;
}

ExitCode create(const DataDir &dir)
{
    std::error_code unknown;
    if (std::filesystem::exists(dir.token(), unknown) || unknown)
        return fail(
            {"there is one already: farthingctl token show prints it, farthingctl token rotate replaces it",
             dir.token().string()});
    return write(dir);
}

ExitCode show(const DataDir &dir)
{
    const auto token = AccessToken::load(dir.token());
    if (!token)
        return fail(token.error());
    if (!*token)
        return fail({"there is none: farthingctl token create makes one"}, ExitCode::NothingFound);
    std::cout << (*token)->text() << '\n';
    return ExitCode::Ok;
}

} // namespace

void addTokenCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const command =
        app.add_subcommand("token", "What requests show where farthingd listens elsewhere than on loopback");
    command->require_subcommand(1);
    command->footer(
        "It goes into the header X-Farthing-Token, into Proxy-Authorization (Bearer, or Basic as\n"
        "the password), or into the path: http://HOST:4141/t/TOKEN/v1. A serving farthingd takes a new\n"
        "one over within a second. The environment's FARTHING_TOKEN goes before the file.");
    command->add_subcommand("create", "Make one, where there is none yet, and print it")
        ->callback([&context, &exit] { exit = create(context.dir()); });
    command->add_subcommand("show", "Print it")->callback([&context, &exit] { exit = show(context.dir()); });
    command->add_subcommand("rotate", "Make a new one, which the old one's clients do not know, and print it")
        ->callback([&context, &exit] { exit = write(context.dir()); });
}

} // namespace farthing
