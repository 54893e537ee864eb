// SPDX-License-Identifier: GPL-3.0-or-later
// What pricing one event costs the proxy, beside one hash lookup of the model's name on the same machine.
#include "core/pricing/CostCalculator.h"

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <unordered_map>

using namespace farthing;

namespace {

constexpr int rounds = 1'000'000;

double nanosecondsEach(const std::function<void()> &once)
{
    for (int i = 0; i < rounds / 10; ++i)
        once();
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < rounds; ++i)
        once();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;
    return spent.count() / rounds;
}

} // namespace

int main()
{
    const auto book = builtInPriceBook();
    std::unordered_map<std::string, std::size_t> names;
    for (std::size_t i = 0; i < book->entries().size(); ++i)
        names.emplace(book->entries()[i].provider + '/' + book->entries()[i].model, i);

    CostEvent event;
    event.time = fromMicros(1'793'000'000'000'000);
    event.provider = "openai";
    event.status = 200;
    event.usage = {.input = 3'000, .cachedInput = 2'000, .output = 400, .reasoning = 100};
    event.usageSource = UsageSource::Provider;

    std::size_t sum = 0;
    const std::string wanted = "openai/gpt-4o-mini";
    const double lookup = nanosecondsEach([&] { sum += names.find(wanted)->second; });
    std::printf("%-46s %8.1f ns\n", "one unordered_map lookup", lookup);
    for (const char *model :
         {"gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4o-mini-2031-01-02", "not-sold"}) {
        event.requestModel = event.sentModel = event.responseModel = event.listModel = model;
        const double spent = nanosecondsEach([&] {
            priceEvent(event, *book);
            sum += event.priced ? 1 : 0;
        });
        std::printf("%-46s %8.1f ns   %5.1f lookups\n", (std::string("priceEvent, ") + model).c_str(), spent,
                    spent / lookup);
    }
    const double parse = nanosecondsEach([&, n = 0]() mutable {
        if (++n % 10'000 == 0)
            sum += builtInPriceBook()->entries().size();
    });
    std::printf("%-46s %8.2f ms\n", "reading the built-in table", parse * 10'000 / 1e6);
    return sum == 0 ? 1 : 0;
}
