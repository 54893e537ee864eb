// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/PassedSockets.h"

#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace farthing {

namespace {

constexpr int firstDescriptor = 3;
constexpr int mostDescriptors = 64;

/// -1 where the variable is not there, or no number.
long numberIn(const char *variable)
{
    const char *const value = std::getenv(variable);
    const std::string_view text = value != nullptr ? value : "";
    long number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

} // namespace

std::vector<int> takePassedSockets()
{
    const bool forThis = numberIn("LISTEN_PID") == ::getpid();
    const long count = numberIn("LISTEN_FDS");
    for (const char *variable : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(variable);
    std::vector<int> sockets;
    for (int fd = firstDescriptor; forThis && fd < firstDescriptor + count && fd < mostDescriptors; ++fd)
        if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            sockets.push_back(fd);
    return sockets;
}

} // namespace farthing
