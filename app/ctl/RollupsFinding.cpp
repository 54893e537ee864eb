// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Thousands.h"
#include "app/ctl/Finding.h"

#include "core/store/rollup/RollupCheck.h"

#include <cstdio>
#include <unistd.h>

namespace farthing {

namespace {

/// A line that is written over, where somebody looks at it.
class ProgressLine
{
public:
    explicit ProgressLine(const char *what)
        : m_what(what)
    {}
    ~ProgressLine()
    {
        if (m_shown)
            std::fputs("\r\033[K", stderr);
    }
    ProgressLine(const ProgressLine &) = delete;
    ProgressLine &operator=(const ProgressLine &) = delete;

    bool show(double share)
    {
        m_shown = ::isatty(STDERR_FILENO) != 0;
        if (m_shown)
            std::fprintf(stderr, "\r\033[K%s: %.0f %%", m_what, share * 100);
        return true;
    }

private:
    const char *m_what;
    bool m_shown = false;
};

std::string thousands(std::uint64_t number)
{
    return withThousands(static_cast<std::int64_t>(number));
}

} // namespace

Finding rollupsFinding(const std::filesystem::path &database, bool rebuild)
{
    const auto failed = [](const std::string &why) { return Finding{"rollups", Verdict::Failed, why}; };
    if (rebuild) {
        ProgressLine line("Summing up anew");
        if (const auto rebuilt = rebuildRollups(database, [&](double share) { return line.show(share); });
            !rebuilt)
            return failed(rebuilt.error().toString());
    }
    ProgressLine line("Comparing sums with events");
    const auto verdict = verifyRollups(database, [&](double share) { return line.show(share); });
    if (!verdict)
        return failed(verdict.error().toString());
    const std::string of = thousands(verdict->places) + " stretches of time";
    if (verdict->different > 0)
        return failed(thousands(verdict->different) + " of " + of + ": " + verdict->first.front() +
                      (verdict->different > 1 ? " and others" : "") + "; --rebuild sums them up anew");
    const std::string alone =
        verdict->alone > 0 ? "; " + thousands(verdict->alone) + " further ones have sums alone" : "";
    const std::string agree = thousands(verdict->events) + " events in " + of +
                              (rebuild ? " are summed up anew" : " are what their sums say") + alone;
    if (verdict->damaged > 0)
        return {"rollups", Verdict::Warning,
                agree + "; " + thousands(verdict->damaged) + " events cannot be read"};
    return {"rollups", Verdict::Ok, agree};
}

} // namespace farthing
