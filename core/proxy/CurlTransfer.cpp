// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/proxy/CurlCall.h"

namespace farthing {

CurlTransfer::CurlTransfer(CurlEasy easy, std::shared_ptr<CurlDriver *> driver)
    : m_easy(std::move(easy))
    , m_driver(std::move(driver))
{}

void CurlTransfer::giveBack(bool isClean)
{
    if (m_easy && *m_driver != nullptr)
        (*m_driver)->giveBack(std::move(m_easy), isClean);
}

void CurlTransfer::prepareConnection(const std::string &url, const Limits &limits)
{
    curl_easy_setopt(easy(), CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy(), CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connectTimeoutMs));
    curl_easy_setopt(easy(), CURLOPT_ERRORBUFFER, m_reason);
}

std::string CurlTransfer::reasonOf(CURLcode result) const
{
    return m_reason[0] != '\0' ? m_reason : curl_easy_strerror(result);
}

std::string CurlTransfer::tooSlow(std::chrono::milliseconds time)
{
    return "the upstream is too slow: not a byte for " + std::to_string(time.count()) + " ms";
}

Task<> CurlTransfer::wait()
{
    while (!m_news)
        co_await m_changed.wait();
    m_news = false;
}

void CurlTransfer::wake()
{
    m_news = true;
    if (*m_driver != nullptr && !std::exchange(m_willTell, true))
        (*m_driver)->hasNews(shared_from_this());
}

void CurlTransfer::tell()
{
    m_willTell = false;
    m_changed.raise();
}

} // namespace farthing
