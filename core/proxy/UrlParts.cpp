// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/UrlParts.h"

#include <algorithm>

namespace farthing {

UrlParts partsOf(std::string_view url)
{
    const auto begin = url.find("://") + 3;
    const auto slash = std::min(url.find('/', begin), url.size());
    const auto end = std::min(url.substr(0, slash).find('?', begin), slash);
    return {url.substr(0, end), url.substr(begin, end - begin), url.substr(end)};
}

std::string_view hostOf(const UrlParts &url)
{
    const std::string_view usualPort = url.origin.starts_with("https:") ? ":443" : ":80";
    std::string_view host = url.authority;
    if (host.ends_with(usualPort))
        host.remove_suffix(usualPort.size());
    return host;
}

} // namespace farthing
