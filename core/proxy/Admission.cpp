// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/Admission.h"

#include "core/proxy/ProxyServices.h"
#include "core/proxy/RequestGate.h"

namespace farthing {

namespace {

constexpr std::string_view tokenFolder = "/t/";

} // namespace

void takeOwnOrigin(const ProxyServices &services, ClientConnection &connection, std::string &target)
{
    if (target.starts_with('/'))
        return;
    boost::system::error_code gone;
    const auto path = pathOfOwnUrl(target, *services.config.get(), connection.socket().local_endpoint(gone));
    if (!path)
        return;
    target.erase(0, target.size() - path->size());
    if (!target.starts_with('/'))
        target.insert(0, 1, '/');
}

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

Refusal reasonNotToAdmit(const ProxyServices &services, std::string_view target, std::string_view tokenPrefix,
                         const HeaderList &headers, bool http11)
{
    if (const Refusal unclear = refusalOf(headers, http11); unclear.status != 0)
        return unclear;
    for (const std::string_view part : {tokenPrefix, target})
        if (const auto reason = reasonPathIsUnclear(part))
            return {400, "invalid_request", *reason};
    const auto config = services.config.get();
    if (const auto reason = reasonToRefuse(headers, target, *config, services.onLoopback))
        return {403, "forbidden", *reason};
    if (services.onLoopback)
        return {};
    const std::string_view inPath =
        tokenPrefix.empty() ? tokenPrefix : tokenPrefix.substr(tokenFolder.size());
    const auto token = services.token.get();
    if (token && showsToken(*token, headers, inPath))
        return {};
    return {401, "missing_farthing_token",
            "this proxy listens beyond its own machine and wants its token: in the header "
            "X-Farthing-Token or Proxy-Authorization, or in the path, /t/TOKEN/…"};
}

} // namespace farthing
