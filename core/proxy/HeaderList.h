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

/// Headers that are passed on: views of those that came.
struct HeaderView
{
    std::string_view name;
    std::string_view value;
};
using HeaderViews = std::vector<HeaderView>;

/// HTTP header names are compared without regard to ASCII case.
inline bool sameName(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}
/// The first value of that name; empty where there is none.
std::string_view find(const HeaderList &headers, std::string_view name);
bool contains(const HeaderList &headers, std::string_view name);
bool contains(const HeaderViews &headers, std::string_view name);
/// All values of that name as one list, "a, b" (RFC 9110 section 5.3).
std::string listed(const HeaderList &headers, std::string_view name);
/// What stands between the commas of every header of this name, without the blanks around it.
std::vector<std::string_view> tokens(const HeaderList &headers, std::string_view name);
/// Whether one of tokens() is this, in any case.
bool hasToken(const HeaderList &headers, std::string_view name, std::string_view token);
/// Whether a reply's Content-Encoding leaves its body as it is.
bool isPlain(const HeaderList &headers);

/// Whether a signature covers the request's body, so that not a byte of it may change: AWS's SigV4.
bool isSigned(const HeaderList &request);

/// The end-to-end headers of a request, which it must outlive, for the upstream: without the hop-by-hop ones
/// (RFC 9110 section 7.6.1, also those that Connection names), Host and Content-Length (the client library
/// sets them), and Farthing's own.
HeaderViews headersForUpstream(const HeaderList &request);
/// The end-to-end headers of a reply, for the client. Content-Length is left out: the framing decides it.
HeaderViews headersForClient(const HeaderList &reply);

} // namespace farthing
