// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ServeCommand.h"

#include <CLI/CLI.hpp>

int main(int argc, char **argv)
{
    using namespace farthing::sim;
    CLI::App app{
        "A simulated LLM provider on loopback: OpenAI, Anthropic and Gemini wire formats. Needs no key."};
    app.set_version_flag("--version", FARTHING_VERSION);
    app.require_subcommand(1);

    ServeOptions serveOptions;
    CLI::App *serving = app.add_subcommand("serve", "Answer as the three providers do, until interrupted");
    serving->add_option("--listen", serveOptions.listen, "Address; port 0 takes a free one")
        ->capture_default_str();
    serving->add_option("--seed", serveOptions.seed, "What the answers depend on, beside the prompt")
        ->capture_default_str();
    serving->add_option("--profile", serveOptions.profile, "Latencies: fast, typical or slow")
        ->capture_default_str();
    serving->add_option("--latency-scale", serveOptions.latencyScale, "Multiplies every latency; 0 is none")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str();
    serving->add_option(
        "--fault", serveOptions.faults,
        "KIND or KIND=SHARE, repeatable: 429 500 529 reset truncate hang slow malformed stream-error");
    serving->add_option("--fault-rate", serveOptions.faultRate, "Share of calls that meet a mix of faults")
        ->check(CLI::Range(0.0, 1.0));

    CLI11_PARSE(app, argc, argv);
    return serve(serveOptions);
}
