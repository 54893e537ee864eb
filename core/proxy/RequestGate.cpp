// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestGate.h"

#include "core/proxy/AbsoluteTarget.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace {

std::string_view withoutPort(std::string_view host)
{
    if (host.starts_with('['))
        return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

std::ptrdiff_t count(const HeaderList &headers, std::string_view name)
{
    return std::ranges::count_if(headers, [name](const Header &h) { return sameName(h.name, name); });
}

bool isLoopbackName(std::string_view host)
{
    constexpr std::array<std::string_view, 3> names = {"localhost", "[::1]", "127.0.0.1"};
    return std::ranges::any_of(names, [host](std::string_view name) { return sameName(host, name); }) ||
           (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
}

} // namespace

std::optional<std::string> reasonToRefuse(const HeaderList &headers, std::string_view target,
                                          const Config &config)
{
    const auto absolute = absoluteTargetOf(target);
    if (!absolute && !target.starts_with('/'))
        return "the request target must be a path, or an http:// URL of an upstream's host";
    if (absolute && upstreamAt(config, *absolute) == nullptr)
        return "no upstream in farthing.json has the host '" + std::string(absolute->authority) + "'";
    const std::string_view host = find(headers, "host");
    if (!absolute && !host.empty() && !isLoopbackName(withoutPort(host)))
        return "the Host '" + std::string(host) + "' is not this machine's loopback address";
    // Sec-Fetch-Site only browsers send; Node.js's fetch sends Sec-Fetch-Mode as well, and serves
    // applications.
    if (contains(headers, "origin") || contains(headers, "sec-fetch-site"))
        return "requests from a page in a browser are not served";
    return std::nullopt;
}

std::optional<std::string> reasonHostIsUnclear(const HeaderList &headers, bool http11)
{
    const auto hosts = count(headers, "host");
    if (hosts > 1 || (hosts == 0 && http11))
        return "a request has one Host header, this one has " + std::to_string(hosts);
    return std::nullopt;
}

std::optional<std::string> reasonFramingIsUnclear(const HeaderList &headers)
{
    for (const std::string_view name : {"transfer_encoding", "content_length"})
        if (contains(headers, name))
            return "'" + std::string(name) + "' passes for another header with some servers";
    return std::nullopt;
}

std::optional<std::string> reasonNotToFrame(const HeaderList &headers, bool http11)
{
    const auto codings = count(headers, "transfer-encoding");
    if (codings == 0)
        return std::nullopt;
    if (!http11)
        return "Transfer-Encoding is not part of HTTP/1.0";
    const std::string_view coding = find(headers, "transfer-encoding");
    if (codings > 1 || !sameName(coding, "chunked"))
        return "the only Transfer-Encoding known here is 'chunked', once";
    return std::nullopt;
}

} // namespace farthing
