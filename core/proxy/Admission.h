// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/providers/Endpoint.h"
#include "core/proxy/HeaderList.h"

#include <optional>
#include <string>

namespace farthing {

struct ProxyServices;

/// Why a request is answered with an error by Farthing itself, before its body is read.
struct Refusal
{
    int status = 400;
    std::string code;
    std::string message;
    Wire wire = Wire::OpenAi; ///< whose form the error takes
};

/// Of a request's target "/t/TOKEN/v1/models", the "/t/TOKEN" that goes before what is meant, taken off
/// `target`; otherwise empty. The way of clients that can set nothing but a base URL.
std::string takeTokenPrefix(std::string &target);

/// Whether a request whose head says this may be served at all. `target` is without its token prefix,
/// `method` and `headers` as they came.
std::optional<Refusal> reasonNotToAdmit(const ProxyServices &services, std::string_view method,
                                        std::string_view target, std::string_view tokenPrefix,
                                        const HeaderList &headers, bool http11);

} // namespace farthing
