// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/ProgressLine.h"

#include "app/cli/Thousands.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr auto betweenDrawings = 200ms;
constexpr auto beforeAnEstimate = 1s;

} // namespace

ProgressLine::ProgressLine(std::string what, std::uint64_t total)
    : m_what(std::move(what))
    , m_total(total)
    , m_isShown(isatty(STDERR_FILENO) != 0)
{}

ProgressLine::~ProgressLine()
{
    if (m_isDrawn)
        fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::look(std::uint64_t done)
{
    const auto now = Clock::now();
    m_nextLook = done + std::max<std::uint64_t>(1, done / 1000);
    if (m_isDrawn && now - m_drawn < betweenDrawings)
        return;
    m_drawn = now;
    m_isDrawn = true;
    const double took = std::chrono::duration<double>(now - m_began).count();
    std::string line = "\r\x1b[K";
    if (m_total > 0)
        line += fmt::format("{:3} %  ", std::min<std::uint64_t>(100, done * 100 / m_total));
    line += fmt::format("{} {}", withThousands(static_cast<std::int64_t>(done)), m_what);
    if (now - m_began >= beforeAnEstimate && done > 0) {
        const double rate = static_cast<double>(done) / took;
        line += fmt::format("  {}/s", withThousands(static_cast<std::int64_t>(rate)));
        if (m_total > done)
            line += fmt::format("  {} left", durationText(std::chrono::seconds(static_cast<std::int64_t>(
                                                 static_cast<double>(m_total - done) / rate + 0.5))));
    }
    fmt::print(stderr, "{}", line);
    std::fflush(stderr);
}

std::string durationText(std::chrono::seconds duration)
{
    const auto s = duration.count();
    if (s < 60)
        return fmt::format("{} s", s);
    if (s < 3600)
        return fmt::format("{} min {} s", s / 60, s % 60);
    return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
}

} // namespace farthing
