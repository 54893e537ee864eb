// SPDX-License-Identifier: GPL-3.0-or-later
// The path from a call's end to committed rows, in the processor's time, which a busy machine distorts least:
// what the journal costs the proxy, events a second beside a plain SQLite loop, bytes an event by part, and
// how long after its end a call is committed.
//     bench_store [EVENTS [FOLDER]]
#include "tests/bench/store/RealisticEvents.h"

#include "core/store/EventJournal.h"
#include "core/store/QueryService.h"
#include "core/store/StoreWriter.h"
#include "tests/bench/store/RawStore.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <sqlite3.h>
#include <thread>
#include <unordered_set>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

using SteadyClock = std::chrono::steady_clock;

double cpuSeconds(clockid_t clock)
{
    timespec t = {};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

double seconds(SteadyClock::time_point since)
{
    return std::chrono::duration<double>(SteadyClock::now() - since).count();
}

void need(bool done, const char *what)
{
    if (done)
        return;
    std::fprintf(stderr, "%s failed\n", what);
    std::exit(1);
}

void record(EventJournal &journal, const CostEvent &event)
{
    const auto ticket = journal.begin(event);
    need(ticket && journal.end(*ticket, event).ok(), "the journal");
}

/// Begin and end, with a reader that keeps up.
void benchJournal(const std::filesystem::path &dir, const std::vector<CostEvent> &events)
{
    const auto journal = EventJournal::open(dir);
    need(journal.ok(), "opening the journal");
    constexpr std::size_t atOnce = 500;
    EventJournal::Position position;
    double took = 0;
    std::size_t done = 0;
    for (std::size_t i = 0; i + atOnce <= events.size(); i += atOnce) {
        const double began = cpuSeconds(CLOCK_THREAD_CPUTIME_ID);
        for (std::size_t k = i; k < i + atOnce; ++k)
            record(**journal, events[k]);
        if (i >= events.size() / 4) { // the first segments are new files
            took += cpuSeconds(CLOCK_THREAD_CPUTIME_ID) - began;
            done += atOnce;
        }
        const auto taken =
            (*journal)->read(position, atOnce, [](const CostEvent &, bool) { return Result<void>(); });
        need(taken.ok(), "reading the journal");
        position = taken->next;
        (*journal)->release(position);
    }
    std::printf("journal: begin + end %.0f ns\n", took / static_cast<double>(done) * 1e9);
}

/// Journal to committed rows. Only the writer's own time counts.
void benchThroughput(const std::filesystem::path &dir, const std::vector<CostEvent> &events, double raw)
{
    const auto journal = EventJournal::open(dir / "drained");
    need(journal.ok(), "opening the journal");
    const double all = cpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
    const double own = cpuSeconds(CLOCK_THREAD_CPUTIME_ID);
    const auto began = SteadyClock::now();
    const auto writer = StoreWriter::start(dir / "events.db", **journal);
    for (const CostEvent &event : events) {
        while ((*journal)->stats().pendingEvents > 50'000)
            std::this_thread::sleep_for(1ms);
        record(**journal, event);
    }
    need(writer->flush(600s), "committing");
    const double wall = seconds(began);
    const double cpu =
        cpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - all - (cpuSeconds(CLOCK_THREAD_CPUTIME_ID) - own);
    const auto count = static_cast<double>(events.size());
    std::printf("journal to rows: %.0f events a second of the writer's time, %.2f of a plain insert loop "
                "(%.0f); %.0f a second on the clock, beside a thread that appends\n",
                count / cpu, raw / cpu, count / raw, count / wall);
}

void printSizes(const std::filesystem::path &path, double events)
{
    sqlite3 *db = nullptr;
    sqlite3_open(path.c_str(), &db);
    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
    std::printf("bytes an event: %.1f\n", static_cast<double>(std::filesystem::file_size(path)) / events);
    const auto print = [&](const char *sql, const char *format) {
        sqlite3_stmt *row = nullptr;
        sqlite3_prepare_v2(db, sql, -1, &row, nullptr);
        while (sqlite3_step(row) == SQLITE_ROW)
            std::printf(format, reinterpret_cast<const char *>(sqlite3_column_text(row, 0)),
                        sqlite3_column_double(row, 1) / events, sqlite3_column_double(row, 2) / events);
        sqlite3_finalize(row);
    };
    print("SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY 1 HAVING sum(pgsize) > 40960 ORDER BY "
          "2 DESC",
          "  %-28s %6.1f (of it unused %.1f)\n");
    print("SELECT 'of events: row', sum(length(row)), 0 FROM events UNION ALL "
          "SELECT 'of events: marks', sum(length(marks)), 0 FROM events UNION ALL "
          "SELECT 'of events: details', sum(length(details)), 0 FROM events",
          "  %-28s %6.1f\n");
    sqlite3_close(db);
}

/// 64-bit hashes that never came before and the random half of the id: no encoding makes them shorter.
void printIrreducible(const std::vector<CostEvent> &events)
{
    std::unordered_set<std::uint64_t> seen;
    std::size_t fresh = 0;
    for (const CostEvent &event : events) {
        for (const auto &segment : event.anatomy.segments)
            fresh += segment.hash != 0 && seen.insert(segment.hash).second ? 1U : 0U;
        for (const auto &mark : event.anatomy.prefix)
            fresh += seen.insert(mark.hash).second ? 1U : 0U;
    }
    std::printf("  irreducible: %.1f of new hashes, 8 of the event's id\n",
                8.0 * static_cast<double>(fresh) / static_cast<double>(events.size()));
}

void benchDetails(const std::filesystem::path &path, const std::vector<CostEvent> &events)
{
    std::vector<double> took;
    for (std::size_t i = 0; i < 200; ++i) {
        const auto began = SteadyClock::now();
        const auto queries = QueryService::open(path);
        need(queries.ok(), "opening the store");
        const CostEvent &wanted = events[i * (events.size() / 200)];
        const auto found = (*queries)->event(wanted.eventId);
        need(found && *found && **found == wanted, "reading an event");
        took.push_back(seconds(began) * 1e3);
    }
    std::ranges::sort(took);
    std::printf("one event with its details, from a new connection: p50 %.2f ms, p99 %.2f ms\n", took[100],
                took[197]);
}

struct Load
{
    const char *name;
    int perSecond;
    bool sync;
};

/// How long after its end a call is committed. Where a call ended is known by what is behind it: the writer's
/// count says how many are committed, in order.
void benchLatency(const std::filesystem::path &dir, const std::vector<CostEvent> &events, const Load &load)
{
    const auto folder = dir / load.name;
    const auto journal = EventJournal::open(folder);
    need(journal.ok(), "opening the journal");
    const auto writer = StoreWriter::start(folder / "events.db", **journal, {.syncEachCommit = load.sync});
    writer->flush(5s);
    const auto count = std::min<std::size_t>(static_cast<std::size_t>(load.perSecond) * 3, events.size());
    std::vector<SteadyClock::time_point> ended(count);
    std::vector<double> latencies;
    std::atomic<std::size_t> written = 0;
    std::thread watcher([&] {
        for (std::size_t seen = 0; seen < count;) {
            const auto committed = static_cast<std::size_t>(writer->health().committedEvents);
            const auto now = SteadyClock::now();
            for (; seen < std::min(committed, written.load()); ++seen)
                latencies.push_back(std::chrono::duration<double, std::milli>(now - ended[seen]).count());
            std::this_thread::sleep_for(200us);
        }
    });
    const auto began = SteadyClock::now();
    for (std::size_t i = 0; i < count; ++i) {
        std::this_thread::sleep_until(began + i * 1'000'000us / load.perSecond);
        record(**journal, events[i]);
        ended[i] = SteadyClock::now();
        written.store(i + 1);
    }
    watcher.join();
    std::ranges::sort(latencies);
    std::printf("%-24s committed after: p50 %.1f ms, p99 %.1f ms, longest %.1f ms\n", load.name,
                latencies[count / 2], latencies[count * 99 / 100], latencies.back());
}

/// What the writer takes from a core that it shares with the proxy.
void benchWriterAt(const std::filesystem::path &dir, const std::vector<CostEvent> &events, const Load &load)
{
    const auto folder = dir / load.name;
    const auto journal = EventJournal::open(folder);
    need(journal.ok(), "opening the journal");
    const auto writer = StoreWriter::start(folder / "events.db", **journal, {.syncEachCommit = load.sync});
    writer->flush(5s);
    const auto count = std::min<std::size_t>(static_cast<std::size_t>(load.perSecond) * 4, events.size());
    const double all = cpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
    const double own = cpuSeconds(CLOCK_THREAD_CPUTIME_ID);
    const auto began = SteadyClock::now();
    for (std::size_t i = 0; i < count; ++i) {
        std::this_thread::sleep_until(began + i * 1'000'000us / load.perSecond);
        record(**journal, events[i]);
    }
    writer->flush(5s);
    const double cpu =
        cpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - all - (cpuSeconds(CLOCK_THREAD_CPUTIME_ID) - own);
    std::printf("%-24s the writer's time: %.1f us an event\n", load.name,
                cpu / static_cast<double>(count) * 1e6);
}

} // namespace

int main(int argc, char **argv)
{
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200'000;
    const std::filesystem::path dir = argc > 2 ? argv[2] : "bench-store.tmp";
    std::filesystem::remove_all(dir);
    std::filesystem::create_directories(dir);
    const auto events = RealisticEvents(1).make(count);
    benchJournal(dir / "journal", events);
    RawStore raw(dir / "raw.db", events);
    const double began = cpuSeconds(CLOCK_THREAD_CPUTIME_ID);
    raw.insertAll();
    benchThroughput(dir, events, cpuSeconds(CLOCK_THREAD_CPUTIME_ID) - began);
    printSizes(dir / "events.db", static_cast<double>(count));
    printIrreducible(events);
    benchDetails(dir / "events.db", events);
    for (const Load &load :
         {Load{"normal, 200 a second", 200, false}, Load{"normal, 2000 a second", 2000, false},
          Load{"full, 200 a second", 200, true}, Load{"full, 2000 a second", 2000, true}})
        benchLatency(dir, events, load);
    for (const Load &load :
         {Load{"normal, 3000 a second", 3000, false}, Load{"full, 3000 a second", 3000, true}})
        benchWriterAt(dir, events, load);
    std::filesystem::remove_all(dir);
    return 0;
}
