// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace farthing {

struct Header
{
    std::string name;
    std::string value;
    bool operator==(const Header &) const = default;
};

/// Headers in the order and spelling in which they came, duplicates included.
using HeaderList = std::vector<Header>;

/// HTTP header names are compared without regard to ASCII case.
bool sameName(std::string_view a, std::string_view b);
/// The first value of that name; empty where there is none.
std::string_view find(const HeaderList &headers, std::string_view name);
bool contains(const HeaderList &headers, std::string_view name);
/// All values of that name as one list, "a, b" (RFC 9110 section 5.3).
std::string listed(const HeaderList &headers, std::string_view name);
/// Whether a reply's Content-Encoding leaves its body as it is.
bool isPlain(const HeaderList &headers);

/// Whether a signature covers the request's body, so that not a byte of it may change: AWS's SigV4.
bool isSigned(const HeaderList &request);

/// The end-to-end headers of a request, for the upstream: without the hop-by-hop ones (RFC 9110
/// section 7.6.1, also those that Connection names), Host and Content-Length (the client library sets them),
/// and Farthing's own.
HeaderList headersForUpstream(const HeaderList &request);
/// The end-to-end headers of a reply, for the client. Content-Length is left out: the framing decides it.
HeaderList headersForClient(const HeaderList &reply);

} // namespace farthing
