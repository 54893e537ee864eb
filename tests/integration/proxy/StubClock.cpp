// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded into farthingd in front of the C library: the wall clock is off by as many seconds as the file that
// STUB_CLOCK names says, a 64-bit integer. The steady clock is nobody's to set.
#include <cstdint>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile std::int64_t *offset()
{
    const char *const file = std::getenv("STUB_CLOCK");
    const int fd = file != nullptr ? ::open(file, O_RDONLY | O_CLOEXEC) : -1;
    void *const mapped =
        fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    static const std::int64_t none = 0;
    ::close(fd);
    return mapped == MAP_FAILED ? &none : static_cast<const volatile std::int64_t *>(mapped);
}

extern "C" [[gnu::visibility("default")]] int clock_gettime(clockid_t clock, timespec *time) noexcept
{
    static const auto real = reinterpret_cast<decltype(&clock_gettime)>(::dlsym(RTLD_NEXT, "clock_gettime"));
    static const volatile std::int64_t *const seconds = offset();
    const int result = real(clock, time);
    if (clock == CLOCK_REALTIME && result == 0)
        time->tv_sec += *seconds;
    return result;
}
