// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/seed/SeedCommand.h"

#include "app/cli/ProgressLine.h"
#include "app/sim/seed/Population.h"
#include "core/base/HandOver.h"
#include "core/config/DataDir.h"
#include "core/store/EventImport.h"
#include "core/store/QueryService.h"

#include <fmt/format.h>

#include <cstdio>
#include <thread>

namespace farthing::sim {

namespace {

constexpr std::size_t eventsAtOnce = 4096;
constexpr std::uint64_t eventsPerTransaction = 262'144;
constexpr std::size_t batchesAhead = 4;

using Batch = std::vector<CostEvent>;

/// Makes events while others are being written.
class MadeAhead
{
public:
    MadeAhead(const PopulationOptions &options, std::shared_ptr<const PriceBook> prices)
        : m_thread([this, options, prices = std::move(prices)] { make(options, prices); })
    {}
    ~MadeAhead()
    {
        m_ready.leave();
        m_thread.join();
    }
    MadeAhead(const MadeAhead &) = delete;
    MadeAhead &operator=(const MadeAhead &) = delete;

    /// The next ones; none at the end.
    std::optional<Batch> take() { return m_ready.take(); }

private:
    void make(const PopulationOptions &options, const std::shared_ptr<const PriceBook> &prices)
    {
        Population population(options, prices);
        for (bool more = true; more;) {
            Batch batch(eventsAtOnce);
            std::size_t made = 0;
            while (made < eventsAtOnce && (more = population.next(batch[made])))
                ++made;
            batch.resize(made);
            more = (made == 0 || m_ready.put(std::move(batch))) && more;
        }
        m_ready.finish();
    }

    HandOver<Batch> m_ready{batchesAhead};
    std::thread m_thread;
};

Result<void> isEmpty(const std::filesystem::path &database)
{
    std::error_code unknown;
    if (!std::filesystem::exists(database, unknown))
        return {};
    const auto store = QueryService::open(database);
    if (!store)
        return store.error();
    const auto summary = (*store)->summary();
    if (!summary)
        return summary.error();
    if (summary->events > 0)
        return Error{"holds events already: made-up ones are not mixed with others", database.string()};
    return {};
}

Result<void> write(const std::filesystem::path &database, const PopulationOptions &options)
{
    const auto import = EventImport::open(database);
    if (!import)
        return import.error();
    MadeAhead source(options, builtInPriceBook());
    ProgressLine progress("events", options.events);
    std::uint64_t written = 0;
    std::uint64_t waiting = 0;
    while (const auto batch = source.take()) {
        if (auto added = (*import)->add(*batch); !added)
            return added;
        written += batch->size();
        waiting += batch->size();
        progress.at(written);
        if (waiting < eventsPerTransaction)
            continue;
        waiting = 0;
        if (const auto committed = (*import)->commit(); !committed)
            return committed.error();
    }
    const auto committed = (*import)->commit();
    return committed ? Result<void>() : committed.error();
}

int fail(const Error &error, int code)
{
    fmt::print(stderr, "farthing-sim: {}\n", error.toString());
    return code;
}

} // namespace

int seed(const SeedOptions &options)
{
    PopulationOptions population;
    population.events = options.events;
    population.workflows = options.workflows;
    population.users = options.users;
    population.seed = options.seed;
    population.until = SystemClock().now();
    if (!options.until.empty()) {
        const auto until = parseRfc3339(options.until);
        if (!until)
            return fail(
                {"expected a time such as 2026-11-01T00:00:00Z, found \"" + options.until + "\"", "--until"},
                2);
        population.until = *until;
    }
    population.since = population.until - std::chrono::days(options.days);
    const DataDir dir = DataDir::resolve(options.dataDir);
    if (const auto created = dir.create(); !created)
        return fail(created.error(), 1);
    if (const auto empty = isEmpty(dir.database()); !empty)
        return fail(empty.error(), 1);
    const auto began = std::chrono::steady_clock::now();
    if (const auto written = write(dir.database(), population); !written)
        return fail(written.error(), 1);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    fmt::print("{} events of {} days in {:.1f} s ({:.0f}/s)\n", options.events, options.days, took,
               static_cast<double>(options.events) / took);
    return 0;
}

} // namespace farthing::sim
