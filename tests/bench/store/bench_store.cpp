// SPDX-License-Identifier: GPL-3.0-or-later
// The path from the journal to committed rows: events a second beside a plain SQLite loop, bytes an event.
#include "tests/bench/store/RealisticEvents.h"

#include "core/store/EventJournal.h"
#include "core/store/StoreWriter.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <sqlite3.h>
#include <thread>

using namespace farthing;
using namespace std::chrono_literals;

namespace {

double seconds(std::chrono::steady_clock::time_point since)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double cpuSeconds()
{
    timespec t = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + double(t.tv_nsec) / 1e9;
}

/// What the path is measured against: the same events' numbers, known beforehand, in a plain insert loop.
double rawInserts(const std::filesystem::path &path, const std::vector<CostEvent> &events)
{
    std::map<std::string, std::int64_t> numbers;
    std::vector<std::array<std::int64_t, 24>> rows;
    for (const CostEvent &e : events) {
        const auto number = [&numbers](const std::string &text) {
            return text.empty() ? 0 : numbers.try_emplace(text, std::ssize(numbers) + 1).first->second;
        };
        rows.push_back({toMicros(e.time) * 1024, static_cast<std::int64_t>(e.eventId.bytes[15]) << 50,
                        number(e.provider), number(e.endpoint), number(e.workflow), number(e.feature),
                        number(e.user), number(e.session), number(e.requestModel), number(e.sentModel),
                        number(e.responseModel), e.status, e.stream, static_cast<std::int64_t>(e.usageSource),
                        e.usage.input, e.usage.cachedInput, e.usage.output, e.usage.reasoning,
                        e.cost ? e.cost->nanoUsd() : 0, e.listCost ? e.listCost->nanoUsd() : 0,
                        e.savings.promptCache.nanoUsd(), e.latencyUs, e.ttftUs, e.overheadUs});
    }
    sqlite3 *db = nullptr;
    sqlite3_open(path.c_str(), &db);
    std::string columns = "id INTEGER PRIMARY KEY", places = "?";
    for (int i = 1; i < 24; ++i) {
        columns += ", c" + std::to_string(i) + " INTEGER NOT NULL";
        places += ", ?";
    }
    sqlite3_exec(db, ("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; CREATE TABLE raw (" + columns + ")").c_str(), nullptr, nullptr, nullptr);
    sqlite3_stmt *insert = nullptr;
    sqlite3_prepare_v2(db, ("INSERT INTO raw VALUES (" + places + ")").c_str(), -1, &insert, nullptr);
    const double cpu = cpuSeconds();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i % 8192 == 0)
            sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr);
        for (int c = 0; c < 24; ++c)
            sqlite3_bind_int64(insert, c + 1, rows[i][c]);
        sqlite3_step(insert);
        sqlite3_reset(insert);
        if (i % 8192 == 8191 || i + 1 == rows.size())
            sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    }
    const double took = cpuSeconds() - cpu;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return took;
}

} // namespace

int main(int argc, char **argv)
{
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200'000;
    const std::filesystem::path dir = argc > 2 ? argv[2] : "bench-store.tmp";
    std::filesystem::remove_all(dir);
    std::filesystem::create_directories(dir);
    const auto events = RealisticEvents(1, argc > 3 ? std::atof(argv[3]) : 100).make(count);
    std::printf("raw %.0f inserts/cpu-s\n", count / rawInserts(dir / "raw.db", events));
    auto journal = EventJournal::open(dir / "journal", {.maxBytes = 4ULL << 30});
    auto began = std::chrono::steady_clock::now();
    double cpu = cpuSeconds();
    for (const CostEvent &e : events)
        if (auto t = (*journal)->begin(e); !t || !(*journal)->end(*t, e))
            return 1;
    std::printf("begin + end %.0f ns wall %.0f ns cpu\n", seconds(began) / count * 1e9, (cpuSeconds() - cpu) / count * 1e9);
    cpu = cpuSeconds();
    began = std::chrono::steady_clock::now();
    {
        auto writer = StoreWriter::start(dir / "events.db", **journal);
        if (!writer->flush(600s))
            return 1;
    }
    std::printf("%.0f events/s wall, %.0f events/cpu-s\n", count / seconds(began), count / (cpuSeconds() - cpu));
    sqlite3 *db = nullptr;
    sqlite3_open((dir / "events.db").c_str(), &db);
    sqlite3_exec(db, "PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
    std::printf("%.1f bytes/event\n", double(std::filesystem::file_size(dir / "events.db")) / count);
    sqlite3_stmt *st = nullptr;
    sqlite3_prepare_v2(db, "SELECT name, sum(pgsize), sum(unused) FROM dbstat GROUP BY 1 ORDER BY 2 DESC", -1, &st, nullptr);
    while (sqlite3_step(st) == SQLITE_ROW)
        std::printf("  %-30s %7.2f (unused %.2f)\n", sqlite3_column_text(st, 0), sqlite3_column_double(st, 1) / count, sqlite3_column_double(st, 2) / count);
    sqlite3_finalize(st);
    sqlite3_close(db);
}
