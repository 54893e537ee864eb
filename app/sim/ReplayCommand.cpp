// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/ReplayCommand.h"

#include "app/cli/ProgressLine.h"
#include "app/sim/Json.h"
#include "core/base/Files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace farthing::sim {

namespace {

int fail(const Error &error)
{
    fmt::print(stderr, "farthing-sim: {}\n", error.toString());
    return 2;
}

Result<double> speedOf(const std::string &text)
{
    if (text == "max")
        return 0.0;
    double speed = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
    if (error != std::errc() || end != text.data() + text.size() || !(speed > 0))
        return Error{"expected a factor above 0, or max; found \"" + text + "\"", "--speed"};
    return speed;
}

Result<std::vector<PlannedCall>> planOf(const ReplayOptions &options)
{
    if (options.sampleDay)
        return planSampleDay(std::min(options.sampleCalls, options.limit), options.plan);
    const Result<std::string> text = readFile(options.traceFile);
    if (!text)
        return text.error();
    Result<std::vector<TraceRow>> rows = parseTrace(*text, options.limit);
    if (!rows)
        return rows.error().at(options.traceFile);
    return planTrace(std::move(*rows), options.plan);
}

double percentile(const std::vector<double> &sorted, double share)
{
    if (sorted.empty())
        return 0;
    return sorted[std::min(sorted.size() - 1,
                           static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

Json summaryJson(const LoadSummary &summary)
{
    Json statuses = Json::object();
    for (const auto &[status, count] : summary.statuses)
        statuses[std::to_string(status)] = count;
    std::vector<double> sorted = summary.latenciesMs;
    std::sort(sorted.begin(), sorted.end());
    return {{"calls", summary.progress.done},
            {"seconds", summary.progress.seconds},
            {"calls_per_second", summary.progress.rate()},
            {"statuses", std::move(statuses)},
            {"streams", summary.streams},
            {"aborted", summary.aborted},
            {"injected_errors", summary.injected},
            {"unexpected_errors", summary.unexpected},
            {"failed", summary.failed},
            {"first_failure", summary.firstFailure},
            {"bytes_received", summary.bytesReceived},
            {"latency_ms",
             {{"p50", percentile(sorted, 0.5)},
              {"p95", percentile(sorted, 0.95)},
              {"max", percentile(sorted, 1)}}}};
}

void printSummary(const LoadSummary &summary)
{
    const Json json = summaryJson(summary);
    fmt::print("{} calls in {:.1f} s ({:.0f}/s), {} of them streams\n", summary.progress.done,
               summary.progress.seconds, summary.progress.rate(), summary.streams);
    for (const auto &[status, count] : summary.statuses)
        fmt::print("  status {}: {}\n", status, count);
    fmt::print("  aborted by the client: {}, errors asked for: {}, unexpected errors: {}, failed: {}\n",
               summary.aborted, summary.injected, summary.unexpected, summary.failed);
    fmt::print("  latency p50 {:.0f} ms, p95 {:.0f} ms\n", json["latency_ms"]["p50"].get<double>(),
               json["latency_ms"]["p95"].get<double>());
    if (!summary.firstFailure.empty())
        fmt::print("  first failure: {}\n", summary.firstFailure);
}

/// For a program that watches.
void printProgress(const Progress &progress)
{
    fmt::print("{}\n", dump({{"done", progress.done},
                             {"total", progress.total},
                             {"calls_per_second", progress.rate()},
                             {"eta_s", progress.etaSeconds()}}));
    std::fflush(stdout);
}

} // namespace

int replay(ReplayOptions options)
{
    const Result<double> speed = speedOf(options.speed);
    if (!speed)
        return fail(speed.error());
    options.load.speed = *speed;
    while (options.load.proxy.ends_with('/'))
        options.load.proxy.pop_back();
    const Result<std::vector<PlannedCall>> calls = planOf(options);
    if (!calls)
        return fail(calls.error());
    const Result<LoadSummary> summary = [&] {
        ProgressLine line("calls", calls->size());
        return runLoad(*calls, options.load, [&](const Progress &progress) {
            if (options.progressLines)
                printProgress(progress);
            else
                line.at(progress.done);
        });
    }();
    if (!summary)
        return fail(summary.error());
    if (options.json || options.progressLines)
        fmt::print("{}\n", dump(summaryJson(*summary)));
    else
        printSummary(*summary);
    return summary->failed + summary->unexpected == 0 ? 0 : 1;
}

} // namespace farthing::sim
