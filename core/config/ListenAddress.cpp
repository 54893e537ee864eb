// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/ListenAddress.h"

#include <arpa/inet.h>
#include <cstring>

namespace farthing {

std::string addressForClients(std::string_view listen)
{
    const auto colon = listen.rfind(':');
    if (colon == std::string_view::npos)
        return std::string(listen);
    std::string host(listen.substr(0, colon));
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const std::string port(listen.substr(colon));
    in_addr four = {};
    if (::inet_pton(AF_INET, host.c_str(), &four) == 1 && four.s_addr == htonl(INADDR_ANY))
        return "127.0.0.1" + port;
    in6_addr six = {};
    if (::inet_pton(AF_INET6, host.c_str(), &six) == 1 && std::memcmp(&six, &in6addr_any, sizeof six) == 0)
        return "[::1]" + port;
    return std::string(listen);
}

} // namespace farthing
