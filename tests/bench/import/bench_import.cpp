// SPDX-License-Identifier: GPL-3.0-or-later
// Lines a second and memory of `farthingctl import claude-code`, and of another reader of the same
// transcripts where one is named; the sums of both.
//     bench_import FOLDER [LINES [READER...]]
// READER is a command that reads CLAUDE_CONFIG_DIR, such as `ccusage daily --offline --json`.
#include "core/config/DataDir.h"
#include "core/store/QueryService.h"
#include "tests/bench/Child.h"
#include "tests/bench/import/Transcripts.h"

#include <cstdlib>
#include <vector>

using namespace farthing;
namespace fs = std::filesystem;

namespace {

void say(const char *what, const Ran &ran, std::uint64_t lines, std::uint64_t bytes)
{
    fmt::print("{:24} {:6.2f} s {:9.0f} lines/s {:6.0f} MB/s {:6.2f} s of CPU, at most {:.1f} MiB\n", what,
               ran.seconds, static_cast<double>(lines) / ran.seconds,
               static_cast<double>(bytes) / ran.seconds / 1e6, ran.cpuSeconds, ran.megabytes);
}

/// Into the page cache, so that nobody waits for the disk.
void warm(const fs::path &folder)
{
    std::vector<char> buffer(std::size_t(1) << 20);
    for (const auto &entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file())
            for (std::ifstream in(entry.path(), std::ios::binary); in.read(buffer.data(), 1 << 20);) {
            }
}

} // namespace

int main(int argc, char **argv)
{
    if (argc < 2)
        fail("usage: bench_import FOLDER [LINES [READER...]]");
    const fs::path folder = fs::absolute(argv[1]);
    const fs::path transcripts = folder / "claude";
    fs::remove_all(transcripts);
    Transcripts made(transcripts, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000);
    const std::uint64_t bytes = made.write();
    fmt::print("{} lines, {:.0f} MB\n", made.lines(), static_cast<double>(bytes) / 1e6);
    warm(transcripts);
    setenv("CLAUDE_CONFIG_DIR", transcripts.c_str(), 1);
    const std::string ctl = fs::read_symlink("/proc/self/exe").parent_path() / "farthingctl";
    const fs::path data = folder / "data";
    for (const char *what : {"farthingctl", "the same again"}) {
        if (what == std::string("farthingctl"))
            fs::remove_all(data);
        say(what,
            run({ctl, "--data-dir", data, "import", "claude-code", "--json"}, folder / "farthingctl.json"),
            made.lines(), bytes);
    }
    const auto queries = QueryService::open(DataDir::resolve(data).database());
    const auto sums = queries ? (*queries)->groupBy(Dimension::Workflow, {}) : queries.error();
    if (!sums)
        fail(sums.error().toString());
    const TokenUsage &usage = sums->total.usage;
    const std::int64_t cacheWrites = usage.cacheWrite5m + usage.cacheWrite1h;
    fmt::print("{} calls, input {}, cache written {}, cache read {}, output {}, ${}\n", sums->total.requests,
               usage.input - usage.cachedInput - cacheWrites, cacheWrites, usage.cachedInput, usage.output,
               sums->total.cost.toUsdString());
    if (argc > 3) {
        const fs::path output = folder / "reader.json";
        say(fs::path(argv[3]).filename().c_str(), run({argv + 3, argv + argc}, output), made.lines(), bytes);
        std::ifstream in(output);
        const std::string said((std::istreambuf_iterator<char>(in)), {});
        fmt::print("{}\n", said.substr(std::min(said.size(), said.rfind("\"totals\""))));
    }
    return 0;
}
