// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>

namespace farthing {

/// From here on the first SIGINT, SIGTERM or end of the terminal sets the flag, so that work ends where
/// nothing is left half done; the next one ends the program.
const std::atomic<bool> &catchInterrupts();

} // namespace farthing
