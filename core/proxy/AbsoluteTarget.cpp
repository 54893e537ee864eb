// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/AbsoluteTarget.h"

#include "core/proxy/HeaderList.h"

namespace farthing {

std::optional<UrlParts> absoluteTargetOf(std::string_view target)
{
    constexpr std::string_view plainScheme = "http://";
    if (!sameName(target.substr(0, plainScheme.size()), plainScheme))
        return std::nullopt;
    return partsOf(target);
}

const Upstream *upstreamAt(const Config &config, const UrlParts &target)
{
    const Upstream *found = nullptr;
    std::size_t longest = 0;
    for (const auto &[name, upstream] : config.upstreams) {
        const UrlParts base = partsOf(upstream.baseUrl);
        if (!sameName(hostOf(base), hostOf(target)))
            continue;
        const std::size_t said = target.target.starts_with(base.target) ? 1 + base.target.size() : 0;
        if (found == nullptr || said > longest) {
            found = &upstream;
            longest = said;
        }
    }
    return found;
}

} // namespace farthing
