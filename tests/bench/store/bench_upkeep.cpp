// SPDX-License-Identifier: GPL-3.0-or-later
// What a store that `farthing-sim seed` filled costs beside its events. Works on a copy:
//     bench_upkeep FOLDER [KEEP_EVENTS_DAYS]
// The check at the start, with and without its pages in memory, and how long a step of removing days holds up
// the next group of events.
#include "core/store/Backup.h"
#include "core/store/StoreCheck.h"
#include "core/store/retention/Retention.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

using namespace farthing;

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

void needed(const Result<void> &result)
{
    if (!result)
        needed(Result<int>(result.error()));
}

void forgetPages(const std::filesystem::path &file)
{
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    ::fdatasync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
}

void check(const std::filesystem::path &path, bool cold)
{
    std::vector<double> took;
    for (int round = 0; round < 9; ++round) {
        if (cold)
            forgetPages(path);
        auto database = needed(Database::open(path, Database::Access::ReadWrite));
        const auto began = SteadyClock::now();
        needed(checkStore(database));
        took.push_back(milliseconds(began));
    }
    std::ranges::sort(took);
    std::printf("check at the start, %s: %.2f ms in the middle, %.2f at most\n", cold ? "cold" : "warm",
                took[took.size() / 2], took.back());
}

std::int64_t number(Database &database, const char *sql)
{
    auto statement = needed(database.prepare(sql));
    return statement.step() == Statement::Step::Row ? statement.integer(0) : 0;
}

void removeDays(const std::filesystem::path &path, int days)
{
    auto database = needed(Database::open(path, Database::Access::ReadWrite));
    auto retention = needed(Retention::open(database, {days, 0}));
    const Timestamp now = SystemClock().now();
    const std::int64_t before = number(database, "SELECT events FROM state");
    std::vector<double> took;
    const auto began = SteadyClock::now();
    while (needed(retention.isDue(database, now))) {
        const auto stepBegan = SteadyClock::now();
        auto transaction = needed(Transaction::begin(database));
        needed(retention.step(database, now));
        needed(transaction.commit());
        took.push_back(milliseconds(stepBegan));
    }
    if (took.empty())
        return;
    const double all = milliseconds(began);
    const std::int64_t removed = before - number(database, "SELECT events FROM state");
    std::ranges::sort(took);
    std::printf("%lld events removed in %.1f s, %.2f us each; %zu steps of %.1f ms in the middle, %.1f p99, "
                "%.1f at most\n",
                static_cast<long long>(removed), all / 1000, 1000 * all / static_cast<double>(removed),
                took.size(), took[took.size() / 2], took[took.size() * 99 / 100], took.back());
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::fprintf(stderr, "bench_upkeep FOLDER [KEEP_EVENTS_DAYS]\n");
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const std::filesystem::path copy = folder / "upkeep.db";
    const auto began = SteadyClock::now();
    const auto made = needed(backUp(folder / "events.db", copy, {.replace = true}));
    std::printf("%llu events, %llu MB, copied in %.1f s\n", static_cast<unsigned long long>(made.events),
                static_cast<unsigned long long>(made.bytes / 1'000'000), milliseconds(began) / 1000);
    check(copy, true);
    check(copy, false);
    removeDays(copy, argc > 2 ? std::atoi(argv[2]) : 30);
    for (const char *suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(copy.string() + suffix);
    return 0;
}
