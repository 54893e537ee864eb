// SPDX-License-Identifier: GPL-3.0-or-later
// How long a store takes to answer what the window asks, on a store that `farthing-sim seed` filled:
//     bench_queries FOLDER [ROUNDS [QUESTION]]
// Warm: one process, each question ROUNDS times over windows that begin and end in the middle of an hour.
// Cold: a new process for each, and nothing of the files in the page cache.
#include "core/store/QueryService.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

double milliseconds(SteadyClock::time_point since)
{
    return std::chrono::duration<double, std::milli>(SteadyClock::now() - since).count();
}

template <class T>
T needed(Result<T> result)
{
    if (result)
        return *std::move(result);
    std::fprintf(stderr, "%s\n", result.error().toString().c_str());
    std::exit(1);
}

struct Question
{
    const char *name;
    int days;
    std::function<std::size_t(QueryService &, EventFilter)> ask; ///< how many rows came
};

DimensionFilter only(Dimension dimension, std::string value)
{
    return {dimension, {std::move(value)}, false};
}

/// What is asked about: values that many events have.
struct Names
{
    std::string workflow, user, model, feature;
};

/// A user who calls much, and what for.
Names popular(QueryService &store)
{
    using enum Dimension;
    const std::string user = needed(store.values(User, "", 3)).back();
    const auto first = [&](Dimension dimension) {
        return needed(store.groups({.by = {dimension}, .filter = {{}, {only(User, user)}}, .top = 1}))
            .rows.front()
            .key;
    };
    return {first(Workflow), user, first(Model), first(Feature)};
}

std::vector<Question> questions(const Names &names)
{
    const auto groups = [](QueryService &store, GroupQuery query) {
        return needed(store.groups(query)).rows.size();
    };
    using enum Dimension;
    return {
        {"cost by workflow", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(store, {.by = {Workflow}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"top 50 users", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(store, {.by = {User}, .filter = std::move(filter), .top = 50, .percentiles = {}});
         }},
        {"token percentiles by workflow", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(
                 store,
                 {.by = {Workflow}, .filter = std::move(filter), .percentiles = {EventMeasure::Tokens}});
         }},
        {"hourly series", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(store, {.by = {Hour}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"100 most expensive", 30,
         [](QueryService &store, const EventFilter &filter) {
             return needed(store.events(filter, EventOrder::MostExpensiveFirst, 100)).events.size();
         }},
        {"workflow x model", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(store, {.by = {Workflow, Model}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"one user's features", 7,
         [=](QueryService &store, EventFilter filter) {
             filter.dimensions = {only(User, names.user)};
             return groups(store, {.by = {Feature}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"three dimensions", 30,
         [=](QueryService &store, EventFilter filter) {
             filter.dimensions = {only(Workflow, names.workflow), only(User, names.user),
                                  only(Status, "200")};
             return groups(store, {.by = {Model}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"three dimensions, in no rollup", 30,
         [=](QueryService &store, EventFilter filter) {
             filter.dimensions = {only(Workflow, names.workflow), only(User, names.user),
                                  only(Status, "200")};
             return groups(store, {.by = {Hour}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"the same of all days", 10'000,
         [=](QueryService &store, EventFilter filter) {
             filter.dimensions = {only(Workflow, names.workflow), only(User, names.user),
                                  only(Status, "200")};
             return groups(store, {.by = {Hour}, .filter = std::move(filter), .percentiles = {}});
         }},
        {"everything by workflow", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(store, {.by = {Workflow}, .filter = std::move(filter)});
         }},
        {"everything of the top 50 users", 30,
         [=](QueryService &store, EventFilter filter) {
             return groups(store, {.by = {User}, .filter = std::move(filter), .top = 50});
         }},
        {"100 most expensive of a workflow", 30,
         [=](QueryService &store, EventFilter filter) {
             filter.dimensions = {only(Workflow, names.workflow)};
             return needed(store.events(filter, EventOrder::MostExpensiveFirst, 100)).events.size();
         }},
        {"spend curve of requests", 30,
         [](QueryService &store, const EventFilter &filter) {
             return needed(store.spendCurve({}, filter)).points.size();
         }},
    };
}

EventFilter window(QueryService &store, int days, int round)
{
    const StoreSummary summary = needed(store.summary());
    const Timestamp until = *summary.last - 17min - 23s - round * 61s;
    return {{until - std::chrono::days(days), until}, {}};
}

void forgetPages(const std::filesystem::path &database)
{
    for (const char *suffix : {"", "-wal", "-shm"})
        if (const int fd = ::open((database.string() + suffix).c_str(), O_RDONLY); fd >= 0) {
            ::fdatasync(fd);
            ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
            ::close(fd);
        }
}

/// In a process of its own; -1 where it failed.
double askedCold(const std::filesystem::path &database, const Question &question, EventFilter filter)
{
    forgetPages(database);
    int ends[2];
    if (::pipe(ends) != 0)
        return -1;
    const pid_t child = ::fork();
    if (child == 0) {
        const auto began = SteadyClock::now();
        const auto store = needed(QueryService::open(database));
        question.ask(*store, std::move(filter));
        const double took = milliseconds(began);
        const bool said = ::write(ends[1], &took, sizeof took) == sizeof took;
        std::_Exit(said ? 0 : 1);
    }
    ::close(ends[1]);
    double took = -1;
    const bool heard = ::read(ends[0], &took, sizeof took) == sizeof took;
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    return heard ? took : -1;
}

std::pair<double, double> medianAndP95(std::vector<double> &times)
{
    std::ranges::sort(times);
    return {times[times.size() / 2], times[std::min(times.size() - 1, times.size() * 95 / 100)]};
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "bench_queries FOLDER [ROUNDS [QUESTION]]\n");
        return 2;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::filesystem::path database = std::filesystem::path(argv[1]) / "events.db";
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
    auto store = needed(QueryService::open(database));
    const StoreSummary summary = needed(store->summary());
    std::printf("%zu events, %.1f bytes each\n", static_cast<std::size_t>(summary.events),
                static_cast<double>(summary.databaseBytes) / static_cast<double>(summary.events));
    const Names names = popular(*store);
    std::printf("%-36s %6s %9s %9s %9s %9s\n", "milliseconds", "rows", "warm p50", "warm p95", "cold p50",
                "cold p95");
    for (const Question &question : questions(names)) {
        if (argc > 3 && std::strcmp(argv[3], question.name) != 0)
            continue;
        std::vector<double> warm;
        std::vector<double> cold;
        std::size_t rows = 0;
        for (int round = -2; round < rounds; ++round) {
            const EventFilter filter = window(*store, question.days, round + 2);
            const auto began = SteadyClock::now();
            rows = question.ask(*store, filter);
            if (round >= 0)
                warm.push_back(milliseconds(began));
        }
        const EventFilter filter = window(*store, question.days, 0);
        store.reset(); // what it has mapped would stay in memory
        for (int round = 0; round < std::min(rounds, 5); ++round)
            cold.push_back(askedCold(database, question, filter));
        store = needed(QueryService::open(database));
        const auto [warmMedian, warmP95] = medianAndP95(warm);
        const auto [coldMedian, coldP95] = medianAndP95(cold);
        std::printf("%-36s %6zu %9.2f %9.2f %9.1f %9.1f\n", question.name, rows, warmMedian, warmP95,
                    coldMedian, coldP95);
    }
    return 0;
}
