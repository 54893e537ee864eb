// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/HeaderList.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace {

constexpr std::array<std::string_view, 9> hopByHop = {
    "connection", "keep-alive",        "proxy-connection", "proxy-authenticate", "proxy-authorization", "te",
    "trailer",    "transfer-encoding", "upgrade"};

bool startsWithName(std::string_view name, std::string_view prefix)
{
    return name.size() >= prefix.size() && sameName(name.substr(0, prefix.size()), prefix);
}

template <class Drop>
HeaderViews endToEnd(const HeaderList &headers, Drop drop)
{
    const auto named = tokens(headers, "connection");
    const auto isHop = [&named](std::string_view name) {
        const auto same = [name](std::string_view other) { return sameName(name, other); };
        return std::ranges::any_of(hopByHop, same) || std::ranges::any_of(named, same);
    };
    HeaderViews kept;
    kept.reserve(headers.size() + 1);
    for (const Header &header : headers)
        if (!isHop(header.name) && !drop(header))
            kept.push_back({header.name, header.value});
    return kept;
}

} // namespace

std::string_view find(const HeaderList &headers, std::string_view name)
{
    const auto found =
        std::ranges::find_if(headers, [name](const Header &h) { return sameName(h.name, name); });
    return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

std::string listed(const HeaderList &headers, std::string_view name)
{
    std::string list;
    for (const Header &header : headers)
        if (sameName(header.name, name) && !header.value.empty())
            list += (list.empty() ? "" : ", ") + header.value;
    return list;
}

std::vector<std::string_view> tokens(const HeaderList &headers, std::string_view name)
{
    std::vector<std::string_view> found;
    for (const Header &header : headers) {
        if (!sameName(header.name, name))
            continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            std::string_view token = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), token.size() + 1));
            while (!token.empty() && (token.front() == ' ' || token.front() == '\t'))
                token.remove_prefix(1);
            while (!token.empty() && (token.back() == ' ' || token.back() == '\t'))
                token.remove_suffix(1);
            if (!token.empty())
                found.push_back(token);
        }
    }
    return found;
}

bool hasToken(const HeaderList &headers, std::string_view name, std::string_view token)
{
    return std::ranges::any_of(tokens(headers, name),
                               [token](std::string_view other) { return sameName(token, other); });
}

bool isPlain(const HeaderList &headers)
{
    return std::ranges::all_of(headers, [](const Header &h) {
        return !sameName(h.name, "content-encoding") || h.value.empty() || sameName(h.value, "identity");
    });
}

bool contains(const HeaderList &headers, std::string_view name)
{
    return std::ranges::any_of(headers, [name](const Header &h) { return sameName(h.name, name); });
}

bool contains(const HeaderViews &headers, std::string_view name)
{
    return std::ranges::any_of(headers, [name](const HeaderView &h) { return sameName(h.name, name); });
}

bool isSigned(const HeaderList &request)
{
    return startsWithName(find(request, "authorization"), "AWS4-");
}

HeaderViews headersForUpstream(const HeaderList &request)
{
    return endToEnd(request, [](const Header &header) {
        return sameName(header.name, "host") || sameName(header.name, "content-length") ||
               sameName(header.name, "expect") || startsWithName(header.name, "x-farthing-") ||
               (sameName(header.name, "prefer") && header.value == "respond-async");
    });
}

HeaderViews headersForClient(const HeaderList &reply)
{
    return endToEnd(reply, [](const Header &header) {
        return sameName(header.name, "content-length") || startsWithName(header.name, "x-farthing-");
    });
}

} // namespace farthing
