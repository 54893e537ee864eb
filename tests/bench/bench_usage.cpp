// SPDX-License-Identifier: GPL-3.0-or-later
// What looking at a stream costs: nanoseconds for each SSE chunk that UsageExtractor reads, beside simdjson
// parsing the same bytes whole and memcpy moving them, in one run. The ratio is what to compare between
// machines.
#include "core/providers/IncludeUsage.h"
#include "core/providers/UsageExtractor.h"

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <simdjson.h>

using namespace farthing;

namespace {

constexpr int chunkCount = 400;
constexpr int rounds = 500;

std::vector<std::string> chatStream()
{
    std::vector<std::string> chunks;
    for (int i = 0; i < chunkCount; ++i)
        chunks.push_back(
            R"({"id":"chatcmpl-9","object":"chat.completion.chunk","created":1755005030,"model":"gpt-4o-mini",)"
            R"("service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":")" +
            std::to_string(i * 7919) + R"( words"},"logprobs":null,"finish_reason":null}],"usage":null})");
    return chunks;
}

/// Nanoseconds for each chunk of the best of five runs.
template <class Run>
double measure(Run run)
{
    double best = 1e18;
    for (int i = 0; i < 5; ++i) {
        const auto start = std::chrono::steady_clock::now();
        for (int round = 0; round < rounds; ++round)
            run();
        const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
        best = std::min(best, took.count() / rounds / chunkCount);
    }
    return best;
}

} // namespace

int main()
{
    const std::vector<std::string> chunks = chatStream();
    std::vector<std::string> events;
    for (const std::string &chunk : chunks)
        events.push_back("data: " + chunk + "\n\n");
    std::int64_t sink = 0;

    std::string target(events.front().size() * 2, '\0');
    const double copy = measure([&] {
        for (const std::string &event : events) {
            event.copy(target.data(), event.size());
            sink += target[event.size() / 2];
        }
    });
    simdjson::dom::parser parser;
    const double parse = measure([&] {
        for (const std::string &chunk : chunks)
            sink += parser.parse(chunk).error() == simdjson::SUCCESS ? 1 : 0;
    });
    const double extract = measure([&] {
        const auto extractor = makeUsageExtractor({.kind = EndpointKind::ChatCompletions, .model = {}}, 200,
                                                  StreamForm::ServerSentEvents);
        for (const std::string &event : events)
            extractor->feed(event);
        sink += extractor->finish().outputTextBytes;
    });
    std::string seen;
    const double filter = measure([&] {
        IncludeUsageFilter usageFilter;
        seen.clear();
        for (const std::string &event : events)
            usageFilter.feed(event, seen);
        sink += static_cast<std::int64_t>(seen.size());
    });
    std::printf("chunk of %zu bytes: memcpy %.0f ns, simdjson %.0f ns, extractor %.0f ns, filter %.0f ns\n",
                events.front().size(), copy, parse, extract, filter);
    std::printf("extractor / simdjson %.2f, filter / simdjson %.2f (%lld)\n", extract / parse, filter / parse,
                static_cast<long long>(sink));
    return 0;
}
