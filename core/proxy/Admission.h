// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ClientConnection.h"
#include "core/proxy/HeaderList.h"
#include "core/proxy/RequestRefusal.h"

#include <string>

namespace farthing {

struct ProxyServices;

/// Makes a path of a request's target that is a URL of this proxy itself, where the connection was made to;
/// leaves others as they are.
void takeOwnOrigin(const ProxyServices &services, ClientConnection &connection, std::string &target);

/// Of a request's target "/t/TOKEN/v1/models", the "/t/TOKEN" that goes before what is meant, taken off
/// `target`; otherwise empty. The way of clients that can set nothing but a base URL.
std::string takeTokenPrefix(std::string &target);

/// Why a request whose head says this must not be served; status 0 where it may. `target` is without its
/// token prefix, `headers` as they came.
Refusal reasonNotToAdmit(const ProxyServices &services, std::string_view target, std::string_view tokenPrefix,
                         const HeaderList &headers, bool http11);

} // namespace farthing
