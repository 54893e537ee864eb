// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

namespace farthing {

/// The descriptors of the sockets that a service manager has opened for this process (LISTEN_PID and
/// LISTEN_FDS, as sd_listen_fds(3) has them); none where they are not for it. They are then this process's
/// alone, and its children learn nothing of them. To be called once, before there are other threads.
std::vector<int> takePassedSockets();

} // namespace farthing
