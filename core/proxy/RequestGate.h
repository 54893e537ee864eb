// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/AccessToken.h"
#include "core/config/Config.h"
#include "core/proxy/HeaderList.h"

#include <boost/asio/ip/tcp.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Why a request must not be served, or nothing. A page in a browser must neither name this host by a name of
/// its own (DNS rebinding) nor be sent by one: browsers say so in Origin (every request that is not a plain
/// GET, and every WebSocket), in Sec-Fetch-Site (Fetch Metadata), and before that was common at least in
/// Referer. Applications and SDKs send none of these, or a Referer without being a browser. Known hosts are
/// loopback and the configuration's; unless only loopback is listened on, any address in figures as well. A
/// client that takes this for its HTTP proxy names an upstream's host, and no other.
std::optional<std::string> reasonToRefuse(const HeaderList &headers, std::string_view target,
                                          const Config &config, bool onLoopback);

/// The path of a target that is a URL of this proxy itself, as clients send it whose HTTP proxy this is as
/// well (RFC 9112 section 3.2.2): of the address and port `here` that the connection was made to, by figures,
/// by one of `allowed_hosts`, or as localhost. Nothing for any other target. An upstream of that host goes
/// before.
std::optional<std::string_view> pathOfOwnUrl(std::string_view target, const Config &config,
                                             const boost::asio::ip::tcp::endpoint &here);

/// Why it cannot be told where a path ends up, or nothing: ".." would leave the upstream's base URL, or a
/// workflow's or upstream's name, for some server behind. Clients resolve it themselves (RFC 3986
/// section 5.2.4).
std::optional<std::string> reasonPathIsUnclear(std::string_view target);

/// Whether a request carries the token: in X-Farthing-Token, in Proxy-Authorization (Bearer, or Basic with
/// the token for a password) or, where `inPath` is not empty, there.
bool showsToken(const AccessToken &token, const HeaderList &headers, std::string_view inPath);

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
