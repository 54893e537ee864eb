// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"
#include "app/ctl/import/Importing.h"

#include "core/ingest/logs/ClaudeCodeFiles.h"
#include "core/ingest/logs/ClaudeCodeLog.h"
#include "core/ingest/logs/EventFile.h"
#include "core/ingest/logs/LiteLlmFile.h"
#include "core/ingest/logs/OpenAiUsageFiles.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace farthing {

namespace {

void addEvents(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "events", "What `export events` wrote: CSV, JSON lines, or a JSON array. A list cost that comes\n"
                  "without its savings, as in CSV, is kept where today's prices come to the same cost\n"
                  "and list cost, which splits it; otherwise it is left out");
    const auto options = std::make_shared<ImportArguments>();
    const auto file = std::make_shared<std::string>();
    command
        ->add_option("file", *file, "Events that are in the store already are skipped; - is standard input")
        ->required();
    options->addTo(*command, "stop");
    command->callback([&context, &exit, options, file] {
        const auto source = EventFile::open(*file);
        exit = source ? importFrom(context, **source, *options, *file) : fail(source.error().at(*file));
    });
}

void addClaudeCode(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "claude-code",
        "Claude Code's transcripts: workflow claude-code, the project's folder as the feature.\n"
        "Messages that come several times count once; those in the store are skipped");
    const auto options = std::make_shared<ImportArguments>();
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
                          : importFrom(context, **source, *options, {}, *metered);
    });
}

void addLiteLlm(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "litellm",
        "LiteLLM's spend logs: what /spend/logs?summarize=false or a page of the user interface's\n"
        "logs answers (JSON), a row a line, or its table LiteLLM_SpendLogs in CSV. Workflow: the tag\n"
        "workflow:NAME, else the team, else the key; feature: the tag, else the key; user: the end\n"
        "user, else the user. What a call cost is its spend. Those in the store are skipped");
    const auto arguments = std::make_shared<ImportArguments>();
    const auto file = std::make_shared<std::string>();
    command->add_option("file", *file, "The logs; - is standard input")->required();
    arguments->addTo(*command, "stop");
    arguments->addNamesTo(*command);
    command->callback([&context, &exit, arguments, file] {
        const auto source = LiteLlmFile::open(*file);
        exit = source ? importFrom(context, **source, *arguments, *file) : fail(source.error().at(*file));
    });
}

void addOpenAiUsage(CLI::App &group, const Context &context, ExitCode &exit)
{
    CLI::App *const command = group.add_subcommand(
        "openai-usage",
        "OpenAI's usage, as GET /v1/organization/usage/completions and /embeddings answer with\n"
        "group_by=model (better also project_id, user_id, api_key_id and batch), or as the usage page\n"
        "exports it in CSV. Of n calls that a bucket sums up there are n events with even shares of\n"
        "the tokens. Workflow: the project; feature: the API key. Buckets that had not ended when\n"
        "their file was written are left out; those in the store are skipped. Import one grouping of\n"
        "a time, not several");
    const auto arguments = std::make_shared<ImportArguments>();
    const auto files = std::make_shared<std::vector<std::string>>();
    command->add_option("files", *files, "Pages or exports; - is standard input")->required();
    arguments->addTo(*command, "stop");
    arguments->addNamesTo(*command);
    command->callback([&context, &exit, arguments, files] {
        const auto source = OpenAiUsageFiles::open(*files);
        exit = source ? importFrom(context, **source, *arguments, {}) : fail(source.error());
        if (source && (*source)->leftOut() > 0)
            std::cerr << "farthingctl: left out " << (*source)->leftOut()
                      << " sums of buckets that had not ended; a later file has them whole\n";
    });
}

} // namespace

void addImportCommand(CLI::App &app, const Context &context, ExitCode &exit)
{
    CLI::App *const group = app.add_subcommand("import", "Take over events from files");
    group->require_subcommand(1);
    addEvents(*group, context, exit);
    addClaudeCode(*group, context, exit);
    addLiteLlm(*group, context, exit);
    addOpenAiUsage(*group, context, exit);
    addCsvImport(*group, context, exit);
}

} // namespace farthing
