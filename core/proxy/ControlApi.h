// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/HeaderList.h"
#include "core/proxy/ProxyServices.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace farthing {

struct ControlReply
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
    int retryAfterS = 0; ///< 0: no Retry-After
};

struct ControlRequest
{
    std::string_view method;
    std::string_view path;
    const HeaderList &headers;
    std::string_view body;
    Timestamp time;
};

/// True for the paths that Farthing answers itself: /farthing/…, /metrics and /otlp/….
bool isControlPath(std::string_view path);

/// GET /farthing/v1/health and GET /metrics (Prometheus text format).
ControlReply controlReply(const ProxyServices &services, std::string_view method, std::string_view path);

/// What reads the store, or a body that may be long, and is therefore to be run off the event loop, while
/// `request` lives: GET /farthing/v1/events/ID, POST /farthing/v1/events and POST /otlp/v1/traces. Nothing
/// where the request is another.
using ControlJob = std::function<ControlReply()>;
ControlJob controlJob(ProxyServices &services, const ControlRequest &request);

} // namespace farthing
