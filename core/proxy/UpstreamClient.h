// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/Config.h"
#include "core/proxy/HeaderList.h"
#include "core/proxy/Task.h"

#include <memory>
#include <string>
#include <string_view>

namespace farthing {

class Deadlines;

/// What goes to an upstream. Only the body is not copied: it must live as long as the call.
struct UpstreamRequest
{
    const std::string &method;
    const std::string &url;
    HeaderViews headers; ///< end-to-end headers, sent in this order and spelling
    std::string_view body;
    bool hasBody = false;
};

struct ReplyHead
{
    int status = 0;
    std::string reason;       ///< as it came; may be empty
    HeaderList headers;       ///< as they came, hop-by-hop ones included
    std::string unclear = {}; ///< why the end of the body cannot be told for certain; empty where it can
};

/// One call under way. Used on the event loop's thread alone; destroying the last reference aborts the call.
class UpstreamCall
{
public:
    UpstreamCall() = default;
    virtual ~UpstreamCall() = default;
    UpstreamCall(const UpstreamCall &) = delete;
    UpstreamCall &operator=(const UpstreamCall &) = delete;

    /// Returns when there is something that was not there at the last return: a head, body bytes, the end, or
    /// wake().
    virtual Task<> wait() = 0;
    virtual void wake() = 0;

    [[nodiscard]] virtual bool hasHead() const = 0;
    [[nodiscard]] virtual const ReplyHead &head() const = 0;
    /// Moves the body bytes received so far into `out` (replacing it) and lets a transfer that waited for
    /// that go on.
    virtual bool takeBody(std::string &out) = 0;
    [[nodiscard]] virtual bool ended() const = 0;
    /// True once there is a connection on which the request goes out: the upstream may work on it.
    [[nodiscard]] virtual bool sent() const = 0;
    /// Why the call broke off; empty where it ended well. Valid once ended().
    [[nodiscard]] virtual const std::string &failure() const = 0;
    /// It broke off because the upstream took too long.
    [[nodiscard]] virtual bool timedOut() const = 0;
};

class UpgradeCall;

/// Calls upstreams with libcurl's multi socket interface on the caller's event loop: connections are kept and
/// shared, replies stay in the encoding they come in, redirects are not followed, no request is sent twice,
/// and a slow reader holds its upstream back instead of filling memory.
class UpstreamClient
{
public:
    static std::unique_ptr<UpstreamClient> create(boost::asio::io_context &context, Deadlines &deadlines);
    UpstreamClient() = default;
    virtual ~UpstreamClient() = default;
    UpstreamClient(const UpstreamClient &) = delete;
    UpstreamClient &operator=(const UpstreamClient &) = delete;

    virtual std::shared_ptr<UpstreamCall> start(const UpstreamRequest &request, const Limits &limits) = 0;
    /// A GET that asks for a WebSocket, on a connection of its own.
    virtual std::shared_ptr<UpgradeCall> startUpgrade(const UpstreamRequest &request,
                                                      const Limits &limits) = 0;
};

} // namespace farthing
