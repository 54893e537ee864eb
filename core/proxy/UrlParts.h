// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace farthing {

/// Views of an absolute URL, which must outlive them.
struct UrlParts
{
    std::string_view origin;    ///< "https://host:port"
    std::string_view authority; ///< "host:port"
    std::string_view target;    ///< "/path?query"; empty where the URL ends with its authority
};

UrlParts partsOf(std::string_view url);
/// The authority as a Host header has it: without the port where it is the scheme's, as libcurl does.
std::string_view hostOf(const UrlParts &url);

} // namespace farthing
