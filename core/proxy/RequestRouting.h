// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/config/Config.h"
#include "core/providers/Endpoint.h"
#include "core/proxy/HeaderList.h"

#include <string>
#include <string_view>

namespace farthing {

/// Where a request is meant to go.
struct RoutedRequest
{
    Upstream upstream;
    std::string url;            ///< absolute; path and query byte for byte as the client sent them
    std::string workflow;       ///< from a path that begins with /w/NAME/
    std::string workflowPrefix; ///< that "/w/NAME" as it came, for links that lead back; otherwise empty
    bool isByHost = false;      ///< the target was a URL, as HTTP proxies get it
    Endpoint endpoint;
};

/// Finds the upstream for a request's target ("/v1/chat/completions?x=1"). /w/NAME/ is taken off first (an
/// empty name tags nothing), then /up/NAME/ names the upstream; without it the path's shape decides, and only
/// where several providers have that path, such as /v1/models, the headers that each one's clients send.
/// A target that is a URL, as HTTP proxies get it, goes to the upstream of that host. Fails where no upstream
/// is configured that has the name, or the host.
Result<RoutedRequest> routeRequest(const Config &config, std::string_view method, std::string_view target,
                                   const HeaderList &headers);

/// The "host:port" under which the client reached this proxy, for links that lead back through it: its Host
/// header, or `listen` where that cannot be put into a link.
std::string_view addressForClient(const HeaderList &headers, std::string_view listen);

} // namespace farthing
