// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ServeCommand.h"

#include "app/sim/SimProvider.h"
#include "app/sim/SimServer.h"

#include <boost/asio/signal_set.hpp>

#include <cstdio>

namespace farthing::sim {

namespace {

int fail(const Error &error)
{
    std::fprintf(stderr, "farthing-sim: %s\n", error.toString().c_str());
    return 2;
}

} // namespace

int serve(const ServeOptions &options)
{
    ProviderOptions provider;
    provider.seed = options.seed;
    const Result<LatencyProfile> latency = LatencyProfile::named(options.profile, options.latencyScale);
    if (!latency)
        return fail(latency.error());
    provider.latency = *latency;
    for (const std::string &fault : options.faults) {
        if (const Result<void> added = provider.faults.add(fault); !added)
            return fail(added.error());
    }
    if (options.faultRate > 0)
        provider.faults.addMixed(options.faultRate);

    const SystemClock clock;
    SimProvider simulated(clock, std::move(provider));
    boost::asio::io_context context(1);
    std::uint64_t calls = 0;
    SimServer server(context, [&](const HttpCall &call) {
        calls += call.method == "POST" ? 1 : 0;
        return simulated.handle(call);
    });
    const Result<std::string> listening = server.listen(options.listen);
    if (!listening)
        return fail(listening.error());
    // Before anybody is told that it listens: a supervisor may end it at once.
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code &, int) { context.stop(); });
    std::printf("{\"listening\":\"%s\"}\n", listening->c_str());
    std::fflush(stdout);
    context.run();
    std::printf("{\"calls\":%llu}\n", static_cast<unsigned long long>(calls));
    return 0;
}

} // namespace farthing::sim
