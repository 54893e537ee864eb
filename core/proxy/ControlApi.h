// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ProxyServices.h"

#include <optional>
#include <string>
#include <string_view>

namespace farthing {

struct ControlReply
{
    int status = 200;
    std::string contentType = "application/json";
    std::string body;
};

/// True for the paths that Farthing answers itself: /farthing/…, /metrics and /otlp/….
bool isControlPath(std::string_view path);

/// GET /farthing/v1/health, GET /metrics (Prometheus text format) and, for an event's id, eventIdOfPath and
/// eventReply. OTLP spans are refused (501).
ControlReply controlReply(const ProxyServices &services, std::string_view method, std::string_view path);

/// The ID of "/farthing/v1/events/ID"; nothing where the path is another.
std::optional<std::string> eventIdOfPath(std::string_view path);
/// Reads the store; it may wait for a commit under way, so it is called off the event loop.
ControlReply eventReply(const ProxyServices &services, const std::string &id);

} // namespace farthing
