// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/ReplyHeadText.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>

namespace farthing {

namespace {

void add(std::string &text, std::string_view name, std::string_view value)
{
    text.append(name).append(": ").append(value).append("\r\n");
}

/// A model's name comes out of a body and could hold anything.
bool isHeaderSafe(std::string_view value)
{
    return !value.empty() && std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string statusLine(int status, std::string_view reason)
{
    return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reason) + "\r\n";
}

} // namespace

std::string_view reasonOf(int status)
{
    const auto known = boost::beast::http::int_to_status(static_cast<unsigned>(status));
    if (known == boost::beast::http::status::unknown)
        return {};
    const auto reason = boost::beast::http::obsolete_reason(known);
    return {reason.data(), reason.size()};
}

ReplyFraming framingOf(const ReplyHead &head, bool isHead, bool clientSpeaksHttp11, bool clientKeepsAlive,
                       bool sameLength)
{
    ReplyFraming framing;
    framing.keepAlive = clientKeepsAlive;
    framing.contentLength = sameLength ? std::string(find(head.headers, "content-length")) : std::string();
    if (isHead || head.status == 204 || head.status == 304)
        framing.kind = Framing::None;
    else if (!framing.contentLength.empty())
        framing.kind = Framing::Length;
    else if (clientSpeaksHttp11)
        framing.kind = Framing::Chunked;
    else
        framing.kind = Framing::UntilClose;
    framing.keepAlive = framing.keepAlive && framing.kind != Framing::UntilClose;
    return framing;
}

std::string replyHeadText(const ReplyHead &head, const ReplyFraming &framing, const CostEvent &event)
{
    std::string text = statusLine(head.status, head.reason);
    text.reserve(1024);
    for (const HeaderView &header : headersForClient(head.headers))
        add(text, header.name, header.value);
    if (!framing.contentLength.empty())
        add(text, "Content-Length", framing.contentLength);
    else if (framing.kind == Framing::Chunked)
        add(text, "Transfer-Encoding", "chunked");
    if (!framing.keepAlive)
        add(text, "Connection", "close");
    add(text, "X-Farthing-Event-Id", event.eventId.toString());
    add(text, "X-Farthing-Cache", "off");
    if (isHeaderSafe(event.sentModel))
        add(text, "X-Farthing-Model", event.sentModel);
    add(text, "X-Farthing-Rule-Version", std::to_string(event.ruleVersion));
    return text += "\r\n";
}

std::string ownHeadText(int status, std::string_view contentType, std::size_t length, bool keepAlive,
                        int retryAfterS)
{
    std::string text = statusLine(status, reasonOf(status));
    add(text, "Content-Type", contentType);
    add(text, "Content-Length", std::to_string(length));
    if (retryAfterS > 0)
        add(text, "Retry-After", std::to_string(retryAfterS));
    if (!keepAlive)
        add(text, "Connection", "close");
    return text += "\r\n";
}

} // namespace farthing
