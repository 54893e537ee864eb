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

} // namespace farthing
