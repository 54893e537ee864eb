// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/Config.h"
#include "core/proxy/UrlParts.h"

#include <optional>
#include <string_view>

namespace farthing {

/// A request's target as clients send it to an HTTP proxy, "http://host:port/path?query" (RFC 9112
/// section 3.2.2), taken apart. Nothing where it is a path, or a URL of another scheme.
std::optional<UrlParts> absoluteTargetOf(std::string_view target);

/// The upstream at that host, whether its default port is spelled out or not; null where there is none. Of
/// several the one whose base URL says most of the path, and then the first by name.
const Upstream *upstreamAt(const Config &config, const UrlParts &target);

} // namespace farthing
