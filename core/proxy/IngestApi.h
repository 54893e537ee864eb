// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ControlApi.h"

#include <string_view>

namespace farthing {

constexpr std::string_view postedEventsPath = "/farthing/v1/events";
constexpr std::string_view tracesPath = "/otlp/v1/traces";

/// What takes in the events, or the spans, of a POST to one of these paths; nothing where it goes elsewhere.
/// See ControlJob.
ControlJob ingestJob(ProxyServices &services, const ControlRequest &request);

} // namespace farthing
