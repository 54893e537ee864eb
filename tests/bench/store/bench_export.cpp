// SPDX-License-Identifier: GPL-3.0-or-later
// Events a second and memory of `farthingctl export events`, as CSV and as JSON lines, beside a plain loop
// that steps through the same rows with SQLite and writes as many bytes of CSV.
//     bench_export DATA_DIR
#include "tests/bench/Child.h"

#include "core/config/DataDir.h"
#include "core/store/QueryService.h"

#include <filesystem>
#include <fstream>
#include <sqlite3.h>

using namespace farthing;
namespace fs = std::filesystem;

namespace {

void say(const char *what, double seconds, std::uint64_t events, std::uintmax_t bytes)
{
    fmt::print("{:12} {:6.2f} s {:9.0f} events/s {:6.0f} MB/s", what, seconds,
               static_cast<double>(events) / seconds, static_cast<double>(bytes) / seconds / 1e6);
}

/// Seconds.
double plainLoop(const fs::path &database, const fs::path &output, std::size_t bytesAnEvent)
{
    const auto began = std::chrono::steady_clock::now();
    sqlite3 *db = nullptr;
    sqlite3_stmt *rows = nullptr;
    if (sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
        sqlite3_prepare_v2(db, "SELECT id, row FROM events ORDER BY id", -1, &rows, nullptr) != SQLITE_OK)
        fail(sqlite3_errmsg(db));
    std::ofstream out(output, std::ios::binary);
    std::string line(bytesAnEvent, 'x');
    while (sqlite3_step(rows) == SQLITE_ROW) {
        line.front() = static_cast<char>(sqlite3_column_bytes(rows, 1) + sqlite3_column_int64(rows, 0));
        out << line;
    }
    sqlite3_finalize(rows);
    sqlite3_close(db);
    out.close();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: bench_export DATA_DIR");
    const fs::path data = argv[1];
    const fs::path database = DataDir::resolve(data).database();
    const std::string ctl = fs::read_symlink("/proc/self/exe").parent_path() / "farthingctl";
    const fs::path output = data / "export.tmp";
    const auto store = QueryService::open(database);
    const auto summary = store ? (*store)->summary() : store.error();
    if (!summary)
        fail(summary.error().toString());
    std::uintmax_t csvBytes = 0;
    for (const char *format : {"csv", "json"}) {
        const Ran ran =
            run({ctl, "--data-dir", data, "export", "events", "--format", format, "-o", output}, "/dev/null");
        const auto bytes = fs::file_size(output);
        if (format == std::string("csv"))
            csvBytes = bytes;
        say(format, ran.seconds, summary->events, bytes);
        fmt::print(" {:6.2f} s of CPU, at most {:.1f} MiB\n", ran.cpuSeconds, ran.megabytes);
    }
    const double plain = plainLoop(database, output, csvBytes / std::max<std::uintmax_t>(summary->events, 1));
    say("plain loop", plain, summary->events, csvBytes);
    fmt::print("\n");
    fs::remove(output);
    return 0;
}
