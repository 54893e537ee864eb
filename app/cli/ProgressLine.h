// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace farthing {

/// A line on a terminal that says how far long work is: share, count, rate and time left, some times a
/// second. Nothing where standard error is no terminal. It ends when the object goes.
class ProgressLine
{
public:
    /// `what` is counted, "events"; `total` 0 where nobody knows.
    explicit ProgressLine(std::string what, std::uint64_t total = 0);
    ~ProgressLine();
    ProgressLine(const ProgressLine &) = delete;
    ProgressLine &operator=(const ProgressLine &) = delete;

    /// Cheap enough to be called for each.
    void at(std::uint64_t done)
    {
        if (m_isShown && done >= m_nextLook)
            look(done);
    }

private:
    using Clock = std::chrono::steady_clock;
    void look(std::uint64_t done);

    std::string m_what;
    std::uint64_t m_total;
    bool m_isShown;
    std::uint64_t m_nextLook = 0;
    Clock::time_point m_began = Clock::now();
    Clock::time_point m_drawn;
    bool m_isDrawn = false;
};

/// "4 s", "3 min 20 s", "2 h 5 min".
std::string durationText(std::chrono::seconds duration);

} // namespace farthing
