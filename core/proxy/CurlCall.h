// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/ReplyHeadReader.h"
#include "core/proxy/UpstreamClient.h"

#include <boost/asio/steady_timer.hpp>
#include <curl/curl.h>
#include <functional>

namespace farthing {

struct CurlEasyDelete
{
    void operator()(CURL *handle) const { curl_easy_cleanup(handle); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDelete>;

/// A transfer and what has come of it so far.
class CurlCall final : public UpstreamCall
{
public:
    /// `release` takes the handle back when the call is over or given up.
    CurlCall(const boost::asio::any_io_executor &executor, CurlEasy easy,
             std::function<void(CurlEasy)> release);
    ~CurlCall() override;
    CurlCall(const CurlCall &) = delete;
    CurlCall &operator=(const CurlCall &) = delete;

    void prepare(const UpstreamRequest &request, const Limits &limits);
    [[nodiscard]] CURL *easy() const { return m_easy.get(); }
    void finish(CURLcode result);

    boost::asio::awaitable<void> wait() override;
    void wake() override;
    [[nodiscard]] bool hasHead() const override { return m_head.complete(); }
    [[nodiscard]] const ReplyHead &head() const override { return m_head.head(); }
    bool takeBody(std::string &out) override;
    [[nodiscard]] bool ended() const override { return m_ended; }
    [[nodiscard]] bool sent() const override { return m_sent; }
    [[nodiscard]] const std::string &failure() const override { return m_failure; }
    [[nodiscard]] bool timedOut() const override { return m_result == CURLE_OPERATION_TIMEDOUT; }

private:
    static int onSend(void *self, char *, char *, int, int);
    static std::size_t onHeader(char *data, std::size_t size, std::size_t count, void *self);
    static std::size_t onBody(char *data, std::size_t size, std::size_t count, void *self);

    CurlEasy m_easy;
    std::function<void(CurlEasy)> m_release;
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> m_headers{nullptr, curl_slist_free_all};
    boost::asio::steady_timer m_changed;
    ReplyHeadReader m_head;
    std::string m_body;
    std::string m_failure;
    char m_reason[CURL_ERROR_SIZE] = {};
    CURLcode m_result = CURLE_OK;
    bool m_sent = false;
    bool m_sentTwice = false;
    bool m_ended = false;
    bool m_paused = false;
    bool m_news = false;
};

} // namespace farthing
