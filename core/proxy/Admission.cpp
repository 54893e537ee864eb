// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Admission.h"

#include "core/proxy/ControlApi.h"
#include "core/proxy/ProxyServices.h"
#include "core/proxy/RequestGate.h"
#include "core/proxy/RequestRouting.h"

namespace farthing {

namespace {

constexpr std::string_view tokenFolder = "/t/";

Wire wireOfRequest(const Config &config, std::string_view method, std::string_view target,
                   const HeaderList &headers)
{
    const auto routed = routeRequest(config, method, target, headers);
    return routed ? routed->endpoint.wire : Wire::OpenAi;
}

} // namespace

std::string takeTokenPrefix(std::string &target)
{
    if (!target.starts_with(tokenFolder))
        return {};
    const auto end = std::min(target.find_first_of("/?", tokenFolder.size()), target.size());
    std::string prefix = target.substr(0, end);
    target.erase(0, end);
    if (!target.starts_with('/'))
        target.insert(0, 1, '/');
    return prefix;
}

std::optional<Refusal> reasonNotToAdmit(const ProxyServices &services, std::string_view method,
                                        std::string_view target, std::string_view tokenPrefix,
                                        const HeaderList &headers, bool http11)
{
    if (const auto reason = reasonNotToFrame(headers, http11))
        return Refusal{501, "unsupported_transfer_encoding", *reason};
    if (const auto reason = reasonHostIsUnclear(headers, http11))
        return Refusal{400, "invalid_request", *reason};
    const auto config = services.config.get();
    if (const auto reason = reasonToRefuse(headers, target, {services.onLoopback, config->allowedHosts}))
        return Refusal{403, "forbidden", *reason, wireOfRequest(*config, method, target, headers)};
    if (services.onLoopback)
        return std::nullopt;
    const std::string_view inPath =
        tokenPrefix.empty() ? tokenPrefix : tokenPrefix.substr(tokenFolder.size());
    const auto token = services.token.get();
    if (token && showsToken(*token, headers, inPath))
        return std::nullopt;
    return Refusal{401, "missing_farthing_token",
                   "this proxy listens beyond its own machine and wants its token: in the header "
                   "X-Farthing-Token or Proxy-Authorization, or in the path, /t/TOKEN/…",
                   wireOfRequest(*config, method, target, headers)};
}

} // namespace farthing
