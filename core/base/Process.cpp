// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Process.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace farthing {

// By number, since the header of Debian 12's C library declares these two without extern "C".
Result<std::unique_ptr<Process>> Process::open(std::int64_t id)
{
    const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(id), 0U));
    if (fd < 0)
        return Error{"cannot be watched: " + std::string(std::strerror(errno)),
                     "process " + std::to_string(id)};
    return std::unique_ptr<Process>(new Process(id, fd));
}

Process::~Process()
{
    ::close(m_fd);
}

bool Process::endsWithin(std::chrono::milliseconds atMost) const
{
    const auto until = std::chrono::steady_clock::now() + atMost;
    for (;;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd end = {m_fd, POLLIN, 0};
        const int ready = ::poll(&end, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

void Process::askToEnd() const
{
    ::syscall(SYS_pidfd_send_signal, m_fd, SIGTERM, nullptr, 0U);
}

void Process::endWithParent()
{
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
}

} // namespace farthing
