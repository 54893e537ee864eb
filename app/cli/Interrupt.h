// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <csignal>

namespace farthing {

/// While it lives, SIGINT, SIGTERM and the end of the terminal do not end the program but are noted, so that
/// long work can stop and clean up. One at a time.
class Interrupt
{
public:
    Interrupt();
    ~Interrupt();
    Interrupt(const Interrupt &) = delete;
    Interrupt &operator=(const Interrupt &) = delete;

    [[nodiscard]] static bool came();

private:
    static constexpr std::array signals = {SIGINT, SIGTERM, SIGHUP};
    std::array<void (*)(int), signals.size()> m_before{};
};

} // namespace farthing
