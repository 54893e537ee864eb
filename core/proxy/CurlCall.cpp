// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/CurlCall.h"

#include "core/proxy/UrlParts.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace farthing {

namespace {

/// libcurl has one for each transfer; larger ones make the allocator tidy up each time they go.
constexpr long receiveBuffer = 32L * 1024;

/// libcurl looks at the environment for each transfer.
bool mayHaveProxy()
{
    static const bool mayHave =
        std::ranges::any_of(std::array{"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"},
                            [](const char *name) { return std::getenv(name) != nullptr; });
    return mayHave;
}

} // namespace

CurlEasy makeCurlEasy()
{
    CurlEasy easy(curl_easy_init());
    const auto set = [&easy](CURLoption option, auto value) { curl_easy_setopt(easy.get(), option, value); };
    set(CURLOPT_PATH_AS_IS, 1L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    // Over HTTP/2 libcurl takes 32 MB of a reply that is paused, and keeps some of it for good.
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_NOSIGNAL, 1L);
    // A call that is given up while its upstream's name is looked up would wait for the answer, and every
    // other call with it.
    set(CURLOPT_QUICK_EXIT, 1L);
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_BUFFERSIZE, receiveBuffer);
    if (!mayHaveProxy())
        set(CURLOPT_PROXY, "");
    return easy;
}

CurlCall::CurlCall(CurlEasy easy, std::shared_ptr<CurlDriver *> driver, Deadlines &deadlines)
    : CurlTransfer(std::move(easy), std::move(driver))
    , m_idle(deadlines, [this] { onIdle(); })
{}

/// Sets all that differs from call to call: the handle has served others.
void CurlCall::prepare(const UpstreamRequest &request, const Limits &limits, CurlOrigins &origins)
{
    CURL *const easy = this->easy();
    for (const HeaderView &header : request.headers)
        m_headers.add(header.name, header.value);
    // What libcurl would add by itself is taken out where the client did not send it.
    for (const char *own : {"Accept", "Content-Type", "User-Agent"})
        if (!contains(request.headers, own))
            m_headers.remove(own);
    m_headers.remove("Expect");

    aim(request.url, limits, origins);
    m_idleTimeout = limits.idleTimeout();
    heard();
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, m_headers.list());
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &CurlCall::onSend);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlCall::onHeader);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlCall::onBody);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);

    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    if (request.hasBody) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    }
    const bool isHead = request.method == "HEAD";
    if (isHead)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    const bool isUsual = isHead || request.method == (request.hasBody ? "POST" : "GET");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, isUsual ? nullptr : request.method.c_str());
}

/// A request's target passes byte for byte, but of a URL libcurl cuts off what follows '#', and encodes what
/// is beyond ASCII. Through a proxy a usual target goes as the URL that proxies are asked for; another goes
/// through a tunnel, in which the target is what it is without one.
void CurlCall::aim(const std::string &url, const Limits &limits, CurlOrigins &origins)
{
    const UrlParts parts = partsOf(url);
    m_origin = mayHaveProxy() ? nullptr : origins.of(parts.origin);
    const bool byOrigin = m_origin && m_origin->url;
    const bool byTarget =
        byOrigin || std::ranges::any_of(url, [](char c) { return c == '#' || c <= ' ' || c > '~'; });
    prepareConnection(byOrigin ? m_origin->text : url, limits);
    curl_easy_setopt(easy(), CURLOPT_CURLU, byOrigin ? m_origin->url.get() : nullptr);
    curl_easy_setopt(easy(), CURLOPT_HTTPPROXYTUNNEL, byTarget ? 1L : 0L);
    std::string target;
    if (byTarget)
        target.append(parts.target.starts_with('/') ? "" : "/").append(parts.target);
    curl_easy_setopt(easy(), CURLOPT_REQUEST_TARGET, byTarget ? target.c_str() : nullptr);
}

/// libcurl sends a request again where a kept connection closes before a byte of the reply. But the upstream
/// may have worked on it: whether to ask again is the client's decision, and a call is one request. Where the
/// connection took no byte of it, nobody has.
int CurlCall::onSend(void *self, char *, char *, int, int)
{
    auto *const call = static_cast<CurlCall *>(self);
    long bytesTaken = 0;
    curl_easy_getinfo(call->easy(), CURLINFO_REQUEST_SIZE, &bytesTaken);
    call->m_triedAgain = call->m_sent;
    call->m_sentTwice = call->m_sent && bytesTaken > 0;
    call->m_sent = true;
    return call->m_sentTwice ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

std::size_t CurlCall::onHeader(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *const call = static_cast<CurlCall *>(self);
    const bool before = call->hasHead();
    call->m_head.feed({data, size * count});
    call->heard();
    if (call->hasHead() != before)
        call->wake();
    return size * count;
}

std::size_t CurlCall::onBody(char *data, std::size_t size, std::size_t count, void *self)
{
    auto *const call = static_cast<CurlCall *>(self);
    if (call->m_body.size() >= readAhead) {
        call->m_paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    call->m_body.append(data, size * count);
    call->heard();
    call->wake();
    return size * count;
}

/// How far an upload has come is only seen when it is looked at: several times, so that the last byte of it
/// is not missed by as long as silence may take.
void CurlCall::heard()
{
    m_silentLooks = 0;
    m_idle.expireAfter(m_idleTimeout / looksAtSilence);
}

/// Until the request is out nothing can come; and where the client takes nothing, it is the client's time
/// that counts.
void CurlCall::onIdle()
{
    curl_off_t uploaded = 0;
    curl_easy_getinfo(easy(), CURLINFO_SIZE_UPLOAD_T, &uploaded);
    if (m_paused || uploaded != std::exchange(m_uploaded, uploaded))
        return heard();
    if (++m_silentLooks < looksAtSilence)
        return m_idle.expireAfter(m_idleTimeout / looksAtSilence);
    m_failure = tooSlow(m_idleTimeout);
    finish(CURLE_OPERATION_TIMEDOUT);
}

void CurlCall::finish(CURLcode result)
{
    m_result = result;
    m_idle.neverExpire();
    if (m_sentTwice)
        m_failure = "the connection closed before the reply began";
    else if (result != CURLE_OK && m_failure.empty())
        m_failure = reasonOf(result);
    else if (!hasHead() && m_failure.empty())
        m_failure = "the connection closed before the head of a reply was whole";
    m_ended = true;
    giveBack(result == CURLE_OK && !m_triedAgain); // a handle tries again only so often in its life
    wake();
}

bool CurlCall::takeBody(std::string &out)
{
    out.clear();
    std::swap(out, m_body);
    if (m_paused && easy() != nullptr) {
        m_paused = false;
        curl_easy_pause(easy(), CURLPAUSE_CONT);
    }
    return !out.empty();
}

} // namespace farthing
