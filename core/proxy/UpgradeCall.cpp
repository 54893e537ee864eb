// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/UpgradeCall.h"

#include "core/proxy/UrlParts.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace farthing {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t atOnce = std::size_t(16) * 1024;

} // namespace

UpgradeCall::UpgradeCall(boost::asio::io_context &context, CurlEasy easy,
                         std::shared_ptr<CurlDriver *> driver, Deadlines &deadlines)
    : CurlTransfer(std::move(easy), std::move(driver))
    , m_descriptor(context)
    , m_idle(deadlines, [this] { onIdle(); })
{
    m_parser.emplace(m_body);
}

UpgradeCall::~UpgradeCall()
{
    boost::system::error_code ignored;
    m_descriptor.close(ignored);
    giveBack(false); // which closes the connection
}

void UpgradeCall::prepare(const UpstreamRequest &request, const Limits &limits)
{
    prepareConnection(request.url, limits);
    curl_easy_setopt(easy(), CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy(), CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(easy(), CURLOPT_HTTPPROXYTUNNEL, 1L); // RFC 6455 section 4.1
    curl_easy_setopt(easy(), CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy(), CURLOPT_TCP_KEEPALIVE, 1L);
    m_idleTimeout = limits.idleTimeout();
    const UrlParts url = partsOf(request.url);
    m_request.append("GET ").append(url.target.starts_with('/') ? "" : "/").append(url.target);
    m_request.append(" HTTP/1.1\r\nHost: ").append(hostOf(url)).append("\r\n");
    for (const HeaderView &header : request.headers)
        m_request.append(header.name).append(": ").append(header.value).append("\r\n");
    m_request += "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
}

/// The handle stays with its driver: libcurl finds the connection through it.
void UpgradeCall::finish(CURLcode result)
{
    m_timedOut = result == CURLE_OPERATION_TIMEDOUT;
    if (result != CURLE_OK)
        return end(reasonOf(result));
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(easy(), CURLINFO_ACTIVESOCKET, &socket);
    const int own = socket == CURL_SOCKET_BAD ? -1 : ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    boost::system::error_code error;
    if (own >= 0)
        m_descriptor.assign(own, error);
    if (own < 0 || error)
        return end("the connection cannot be watched");
    m_idle.expireAfter(m_idleTimeout);
    drive();
}

void UpgradeCall::end(std::string failure)
{
    m_idle.neverExpire();
    m_failure = std::move(failure);
    m_ended = true;
    wake();
}

void UpgradeCall::onIdle()
{
    m_timedOut = true;
    end(tooSlow(m_idleTimeout));
}

void UpgradeCall::await(Descriptor::wait_type what, bool &waits)
{
    if (std::exchange(waits, true))
        return;
    m_descriptor.async_wait(what, [weak = weak_from_this(), &waits](boost::system::error_code error) {
        const auto self = weak.lock();
        if (!self)
            return;
        waits = false;
        if (!error)
            static_cast<UpgradeCall &>(*self).onReady();
    });
}

void UpgradeCall::onReady()
{
    if (m_isUpgraded)
        wake();
    else if (!m_ended)
        drive();
}

void UpgradeCall::drive()
{
    if (sendRequest())
        receiveReply();
}

bool UpgradeCall::sendRequest()
{
    while (m_sent < m_request.size()) {
        const Done done = write(std::string_view(m_request).substr(m_sent));
        m_sent += done.bytes;
        if (done.state == State::Open)
            continue;
        if (done.state == State::Blocked)
            awaitWritable();
        else
            end("the connection closed before the request was out");
        return false;
    }
    return true;
}

void UpgradeCall::receiveReply()
{
    std::array<char, atOnce> piece;
    while (!m_ended && !m_isUpgraded && m_body.size() < readAhead) {
        const Done done = read(piece.data(), piece.size());
        if (done.state == State::Blocked)
            return awaitReadable();
        if (done.state != State::Open) {
            boost::system::error_code error;
            if (m_hasHead && done.state == State::Ended)
                m_parser->put_eof(error);
            const bool isWhole = m_hasHead && m_parser->is_done() && !error;
            return end(isWhole     ? ""
                       : m_hasHead ? "the connection closed before the reply was whole"
                                   : "the connection closed before the reply began");
        }
        m_received.append(piece.data(), done.bytes);
        m_idle.expireAfter(m_idleTimeout);
        parse();
    }
}

void UpgradeCall::parse()
{
    boost::system::error_code error;
    while (!m_received.empty() && !m_parser->is_done() && !error) {
        m_received.erase(0, m_parser->put(boost::asio::buffer(m_received), error));
        const int status = m_parser->is_header_done() ? m_parser->head().status : 0;
        if (!error && status >= 100 && status < 200 && status != 101)
            m_parser.emplace(m_body); // an interim reply, which is not passed on
    }
    if (error && error != http::error::need_more)
        return end("the reply is not HTTP as RFC 9112 has it: " + error.message());
    if (!m_hasHead && m_parser->is_header_done()) {
        m_hasHead = true;
        m_isUpgraded = m_parser->head().status == 101;
    }
    if (m_isUpgraded)
        m_idle.neverExpire();
    else if (m_parser->is_done())
        return end("");
    if (m_hasHead)
        wake();
}

bool UpgradeCall::takeBody(std::string &out)
{
    out.clear();
    std::swap(out, m_body);
    if (out.size() >= readAhead && !m_ended)
        drive();
    return !out.empty();
}

ByteEnd::Done UpgradeCall::read(char *into, std::size_t atMost)
{
    if (m_isUpgraded && !m_received.empty()) {
        const std::size_t early = m_received.copy(into, atMost);
        m_received.erase(0, early);
        return {State::Open, early};
    }
    std::size_t bytes = 0;
    const CURLcode result = curl_easy_recv(easy(), into, atMost, &bytes);
    if (result == CURLE_AGAIN)
        return {State::Blocked, 0};
    if (result != CURLE_OK)
        return {State::Broken, 0};
    return {bytes == 0 ? State::Ended : State::Open, bytes};
}

ByteEnd::Done UpgradeCall::write(std::string_view bytes)
{
    std::size_t sent = 0;
    const CURLcode result = curl_easy_send(easy(), bytes.data(), bytes.size(), &sent);
    if (result == CURLE_AGAIN)
        return {State::Blocked, sent};
    return {result == CURLE_OK ? State::Open : State::Broken, sent};
}

void UpgradeCall::reset()
{
    if (!m_descriptor.is_open())
        return;
    const linger atOnceAndUnsent{1, 0};
    ::setsockopt(m_descriptor.native_handle(), SOL_SOCKET, SO_LINGER, &atOnceAndUnsent,
                 sizeof atOnceAndUnsent);
    const sockaddr nobody{AF_UNSPEC, {}};
    ::connect(m_descriptor.native_handle(), &nobody,
              sizeof nobody); // sends the reset before TLS says goodbye
}

} // namespace farthing
