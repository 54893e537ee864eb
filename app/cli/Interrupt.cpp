// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/Interrupt.h"

#include <csignal>

namespace farthing {

namespace {

std::atomic<bool> isInterrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal's handler sets it");

void onInterrupt(int number)
{
    isInterrupted = true;
    std::signal(number, SIG_DFL);
}

} // namespace

const std::atomic<bool> &catchInterrupts()
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        if (std::signal(number, onInterrupt) == SIG_IGN) // as under nohup
            std::signal(number, SIG_IGN);
    return isInterrupted;
}

} // namespace farthing
