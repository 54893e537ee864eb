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

const Upstream *upstreamAt(const Config &config, std::string_view authority)
{
    const std::string_view wanted = withoutDefaultPort(authority, ":80");
    for (const auto &[name, upstream] : config.upstreams) {
        std::string_view url = upstream.baseUrl;
        const bool secure = url.starts_with("https:");
        url.remove_prefix(url.find("://") + 3);
        const std::string_view own =
            withoutDefaultPort(url.substr(0, url.find('/')), secure ? ":443" : ":80");
        if (sameName(own, wanted))
            return &upstream;
    }
    return nullptr;
}

} // namespace farthing
