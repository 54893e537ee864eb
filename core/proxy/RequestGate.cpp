// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/RequestGate.h"

#include "core/base/Base64.h"
#include "core/base/PercentDecoding.h"
#include "core/proxy/AbsoluteTarget.h"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

namespace farthing {

namespace {

/// "host" of "host" and "host:4141"; empty where it is neither.
std::string_view withoutPort(std::string_view host)
{
    const auto end = host.starts_with('[') ? host.find(']') + 1 : std::min(host.find(':'), host.size());
    const std::string_view port = host.substr(end);
    if (!port.empty() && (port.front() != ':' || port.find_first_not_of("0123456789", 1) != port.npos))
        return {};
    return host.substr(0, end);
}

/// "4141" of "host:4141"; 80 where it says none, as http: URLs mean it.
std::string_view portOf(std::string_view authority)
{
    const std::string_view host = withoutPort(authority);
    return authority.size() > host.size() + 1 ? authority.substr(host.size() + 1) : "80";
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

/// An address that a client can have meant: browsers take 0.0.0.0 for this machine as well, and send nothing
/// by which such a request could be told.
std::optional<boost::asio::ip::address> addressIn(std::string_view host)
{
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    boost::system::error_code none;
    const auto address = boost::asio::ip::make_address(std::string(host), none);
    return none || address.is_unspecified() ? std::nullopt : std::optional(address);
}

/// A socket that listens for both kinds sees an IPv4 address inside an IPv6 one.
boost::asio::ip::address withoutMapping(const boost::asio::ip::address &address)
{
    namespace ip = boost::asio::ip;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

bool isAllowed(std::string_view host, const Config &config)
{
    return std::ranges::any_of(config.allowedHosts,
                               [host](std::string_view name) { return sameName(host, name); });
}

bool isKnown(std::string_view host, const Config &config, bool onLoopback)
{
    return isLoopbackName(host) || (!onLoopback && addressIn(host)) || isAllowed(host, config);
}

bool isFromBrowser(const HeaderList &headers)
{
    // Sec-Fetch-Site only browsers send; Node.js's fetch sends Sec-Fetch-Mode as well, and serves
    // applications.
    return contains(headers, "origin") || contains(headers, "sec-fetch-site") ||
           (contains(headers, "referer") && find(headers, "user-agent").starts_with("Mozilla/"));
}

std::string_view afterScheme(std::string_view credentials, std::string_view scheme)
{
    if (credentials.size() <= scheme.size() || !sameName(credentials.substr(0, scheme.size()), scheme) ||
        credentials[scheme.size()] != ' ')
        return {};
    const auto begin = credentials.find_first_not_of(' ', scheme.size());
    return begin == credentials.npos ? std::string_view() : credentials.substr(begin);
}

} // namespace

std::optional<std::string> reasonToRefuse(const HeaderList &headers, std::string_view target,
                                          const Config &config, bool onLoopback)
{
    const auto absolute = absoluteTargetOf(target);
    if (!absolute && !target.starts_with('/'))
        return "the request target must be a path, or an http:// URL of an upstream's host";
    if (absolute && upstreamAt(config, *absolute) == nullptr)
        return "no upstream in farthing.json has the host '" + std::string(absolute->authority) + "'";
    const std::string_view host = find(headers, "host");
    if (!absolute && !host.empty() && !isKnown(withoutPort(host), config, onLoopback))
        return "the Host '" + std::string(host) + "' is not " +
               (onLoopback ? "this machine's loopback address" : "an address of this machine") +
               "; names that are go into allowed_hosts of farthing.json";
    if (isFromBrowser(headers))
        return "requests from a page in a browser are not served";
    return std::nullopt;
}

std::optional<std::string_view> pathOfOwnUrl(std::string_view target, const Config &config,
                                             const boost::asio::ip::tcp::endpoint &here)
{
    const auto absolute = absoluteTargetOf(target);
    if (!absolute || upstreamAt(config, *absolute) != nullptr)
        return std::nullopt;
    const std::string_view host = withoutPort(absolute->authority);
    const bool isHere = addressIn(host) == withoutMapping(here.address()) ||
                        (sameName(host, "localhost") && withoutMapping(here.address()).is_loopback()) ||
                        isAllowed(host, config);
    if (!isHere || portOf(absolute->authority) != std::to_string(here.port()))
        return std::nullopt;
    return absolute->target;
}

std::optional<std::string> reasonPathIsUnclear(std::string_view target)
{
    constexpr std::string_view ends = "/#"; // some servers read '#' as any other character
    std::string_view path = target.substr(0, target.find('?'));
    std::string decoded;
    if (path.find('%') != path.npos)
        path = decoded = percentDecoded(path);
    for (std::size_t at = path.find(".."); at != path.npos; at = path.find("..", at + 1)) {
        const bool isBegun = at == 0 || ends.find(path[at - 1]) != ends.npos;
        const bool isEnded = at + 2 == path.size() || ends.find(path[at + 2]) != ends.npos;
        if (isBegun && isEnded)
            return "a path with '..' is not served";
    }
    return std::nullopt;
}

bool showsToken(const AccessToken &token, const HeaderList &headers, std::string_view inPath)
{
    if (token.equals(find(headers, "x-farthing-token")) || token.equals(inPath))
        return true;
    const std::string_view credentials = find(headers, "proxy-authorization");
    if (token.equals(afterScheme(credentials, "Bearer")))
        return true;
    const std::string pair = base64Decoded(afterScheme(credentials, "Basic"));
    return token.equals(std::string_view(pair).substr(pair.find(':') + 1));
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
