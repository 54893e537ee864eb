// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/AbsoluteTarget.h"

#include "core/proxy/HeaderList.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr std::string_view plainScheme = "http://";

std::string_view withoutDefaultPort(std::string_view authority, std::string_view port)
{
    return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

} // namespace

std::optional<AbsoluteTarget> absoluteTargetOf(std::string_view target)
{
    if (!sameName(target.substr(0, plainScheme.size()), plainScheme))
        return std::nullopt;
    target.remove_prefix(plainScheme.size());
    const std::size_t end = std::min(target.find_first_of("/?"), target.size());
    return AbsoluteTarget{target.substr(0, end), target.substr(end)};
}

const Upstream *upstreamAt(const Config &config, const AbsoluteTarget &target)
{
    const std::string_view wanted = withoutDefaultPort(target.authority, ":80");
    const Upstream *found = nullptr;
    std::size_t longest = 0;
    for (const auto &[name, upstream] : config.upstreams) {
        std::string_view url = upstream.baseUrl;
        const bool secure = url.starts_with("https:");
        url.remove_prefix(url.find("://") + 3);
        const std::string_view authority = url.substr(0, url.find('/'));
        const std::string_view path = url.substr(authority.size());
        if (!sameName(withoutDefaultPort(authority, secure ? ":443" : ":80"), wanted))
            continue;
        const std::size_t said = target.path.starts_with(path) ? 1 + path.size() : 0;
        if (found == nullptr || said > longest) {
            found = &upstream;
            longest = said;
        }
    }
    return found;
}

} // namespace farthing
