// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/Config.h"
#include "core/proxy/HeaderList.h"

#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// Why a request must not be served, or nothing. A page in a browser can neither name this host by a name of
/// its own (DNS rebinding) nor send an Origin; applications and SDKs do neither. One that takes this for its
/// HTTP proxy names an upstream's host, and no other.
std::optional<std::string> reasonToRefuse(const HeaderList &headers, std::string_view target,
                                          const Config &config);

/// Why it cannot be told which host a request means, or nothing: HTTP/1.1 has exactly one Host (RFC 9112
/// section 3.2).
std::optional<std::string> reasonHostIsUnclear(const HeaderList &headers, bool http11);

/// Why a server behind this one may find another end of the body, or nothing: some read '_' in a header's
/// name as '-'.
std::optional<std::string> reasonFramingIsUnclear(const HeaderList &headers);

/// Why the end of a request's body cannot be told for certain, or nothing. Only "chunked", once, is known
/// (RFC 9112 section 6.1): what another reader takes for the body's end could smuggle a request.
std::optional<std::string> reasonNotToFrame(const HeaderList &headers, bool http11);

} // namespace farthing
