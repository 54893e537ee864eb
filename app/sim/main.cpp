// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ReplayCommand.h"
#include "app/sim/ServeCommand.h"
#include "app/sim/seed/SeedCommand.h"

#include <CLI/CLI.hpp>

namespace {

using namespace farthing::sim;

CLI::App *addServe(CLI::App &app, ServeOptions &options)
{
    CLI::App *command = app.add_subcommand("serve", "Answer as the three providers do, until interrupted");
    command->add_option("--listen", options.listen, "Address; port 0 takes a free one")
        ->capture_default_str();
    command->add_option("--seed", options.seed, "What the answers depend on, beside the prompt")
        ->capture_default_str();
    command->add_option("--profile", options.profile, "Latencies: fast, typical or slow")
        ->capture_default_str();
    command->add_option("--latency-scale", options.latencyScale, "Multiplies every latency; 0 is none")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    command->add_option(
        "--fault", options.faults,
        "KIND or KIND=SHARE, repeatable: 429 500 529 reset truncate hang slow malformed stream-error");
    command->add_option("--fault-rate", options.faultRate, "Share of calls that meet a mix of faults")
        ->check(CLI::Range(0.0, 1.0));
    return command;
}

CLI::App *addReplay(CLI::App &app, ReplayOptions &options)
{
    CLI::App *command = app.add_subcommand("replay", "Send a trace, or a made-up day, through the proxy");
    auto *trace =
        command->add_option("trace", options.traceFile, "CSV: t_ms,input_tokens,output_tokens[,hash_ids]");
    auto *sample =
        command->add_flag("--sample-day", options.sampleDay, "A day of ten workflows; needs no file");
    trace->excludes(sample);
    command->add_option("--calls", options.sampleCalls, "Calls of the sample day, up to a million")
        ->check(CLI::Range(std::size_t(1), std::size_t(1'000'000)))
        ->capture_default_str();
    command
        ->add_option("--proxy", options.load.proxy, "Where farthingd listens, such as http://127.0.0.1:4141")
        ->required();
    auto *upstream = command->add_option("--upstream", options.load.upstreams.openAi,
                                         "Send the OpenAI calls to this named upstream");
    command
        ->add_option_function<std::string>(
            "--upstream-prefix",
            [&options](const std::string &prefix) {
                options.load.upstreams = {prefix + "openai", prefix + "anthropic", prefix + "gemini"};
            },
            "Send the calls to the upstreams PREFIXopenai, PREFIXanthropic and PREFIXgemini")
        ->excludes(upstream);
    command->add_option("--speed", options.speed, "Times faster than the trace, or max")
        ->capture_default_str();
    command->add_option("--limit", options.limit, "At most so many calls");
    command->add_option("--concurrency", options.load.concurrency, "Calls at a time")
        ->check(CLI::Range(1, 1024))
        ->capture_default_str();
    command->add_option("--seed", options.plan.seed, "Makes another day of the same kind")
        ->capture_default_str();
    command
        ->add_option("--error-share", options.plan.errorShare,
                     "Share of calls that ask the simulator for an error")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command->add_option("--abort-share", options.plan.abortShare, "Share of streams that the client gives up")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    command->add_flag("--json", options.json, "The summary as JSON");
    command->add_flag("--progress", options.progressLines, "Progress and summary as lines of JSON on stdout");
    return command;
}

CLI::App *addSeed(CLI::App &app, SeedOptions &options)
{
    CLI::App *command =
        app.add_subcommand("seed", "Fill an empty store with a team's calls of many days, made up");
    command->add_option("--data-dir", options.dataDir, "Where the store is made; it must have no events")
        ->required();
    command->add_option("--events", options.events, "How many")
        ->check(CLI::Range(std::uint64_t(1), std::uint64_t(1'000'000'000)))
        ->capture_default_str();
    command->add_option("--days", options.days, "Over how many days")
        ->check(CLI::Range(1, 3650))
        ->capture_default_str();
    command->add_option("--until", options.until,
                        "When they end, such as 2026-11-01T00:00:00Z; now where it is left out");
    command->add_option("--workflows", options.workflows, "How many the team has")
        ->check(CLI::Range(std::size_t(1), std::size_t(10'000)))
        ->capture_default_str();
    command->add_option("--users", options.users, "How many people call")
        ->check(CLI::Range(std::size_t(1), std::size_t(10'000'000)))
        ->capture_default_str();
    command->add_option("--seed", options.seed, "Makes another team of the same kind")->capture_default_str();
    return command;
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App app{
        "A simulated LLM provider on loopback: OpenAI, Anthropic and Gemini wire formats. Needs no key."};
    app.set_version_flag("--version", FARTHING_VERSION);
    app.require_subcommand(1);
    ServeOptions serving;
    ReplayOptions replaying;
    const CLI::App *serveCommand = addServe(app, serving);
    addReplay(app, replaying);
    SeedOptions seeding;
    const CLI::App *seedCommand = addSeed(app, seeding);
    CLI11_PARSE(app, argc, argv);
    if (serveCommand->parsed())
        return serve(serving);
    if (seedCommand->parsed())
        return seed(seeding);
    if (replaying.traceFile.empty() && !replaying.sampleDay) {
        std::cerr << "farthing-sim: replay: expected a trace file or --sample-day\n";
        return 2;
    }
    return replay(std::move(replaying));
}
