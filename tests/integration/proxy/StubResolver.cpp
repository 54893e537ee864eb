// SPDX-License-Identifier: GPL-3.0-or-later
// Loaded into farthingd in front of the C library: "*.named.test" is this machine, "*.dual.test" another
// address of it and then the same, "*.silent.test" a name whose servers do not answer for five seconds.
#include <chrono>
#include <dlfcn.h>
#include <netdb.h>
#include <string_view>
#include <thread>

extern "C" [[gnu::visibility("default")]] int getaddrinfo(const char *name, const char *service,
                                                          const addrinfo *hints, addrinfo **found)
{
    static const auto real = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const std::string_view asked = name != nullptr ? name : "";
    if (asked.ends_with(".silent.test")) {
        std::this_thread::sleep_for(std::chrono::seconds(5));
        return EAI_AGAIN;
    }
    if (asked.ends_with(".dual.test")) {
        addrinfo *next = nullptr;
        if (const int error = real("127.0.0.1", service, hints, &next); error != 0)
            return error;
        if (const int error = real("127.0.0.2", service, hints, found); error != 0)
            return error;
        addrinfo *last = *found;
        while (last->ai_next != nullptr)
            last = last->ai_next;
        last->ai_next = next;
        return 0;
    }
    return real(asked.ends_with(".named.test") ? "127.0.0.1" : name, service, hints, found);
}
