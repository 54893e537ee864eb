// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/proxy/CurlHeaders.h"
#include "core/proxy/CurlOrigins.h"
#include "core/proxy/Deadlines.h"
#include "core/proxy/ReplyHeadReader.h"
#include "core/proxy/Signal.h"
#include "core/proxy/UpstreamClient.h"

#include <curl/curl.h>

namespace farthing {

struct CurlEasyDelete
{
    void operator()(CURL *handle) const { curl_easy_cleanup(handle); }
};
using CurlEasy = std::unique_ptr<CURL, CurlEasyDelete>;

class CurlTransfer;

/// What drives transfers.
class CurlDriver
{
public:
    CurlDriver() = default;
    virtual ~CurlDriver() = default;
    CurlDriver(const CurlDriver &) = delete;
    CurlDriver &operator=(const CurlDriver &) = delete;

    /// Takes a handle back whose call is over or given up; `isClean` where it may serve another call.
    virtual void giveBack(CurlEasy easy, bool isClean) = 0;
    /// Has the call tell its waiter soon, but not within a callback of libcurl's.
    virtual void hasNews(const std::shared_ptr<CurlTransfer> &call) = 0;
};

/// A handle with all that is the same for every call.
CurlEasy makeCurlEasy();

/// What every transfer is to its driver and to who waits for it.
class CurlTransfer : public UpstreamCall, public std::enable_shared_from_this<CurlTransfer>
{
public:
    /// The driver is gone once `*driver` is null.
    CurlTransfer(CurlEasy easy, std::shared_ptr<CurlDriver *> driver);
    ~CurlTransfer() override = default;
    CurlTransfer(const CurlTransfer &) = delete;
    CurlTransfer &operator=(const CurlTransfer &) = delete;

    [[nodiscard]] CURL *easy() const { return m_easy.get(); }
    virtual void finish(CURLcode result) = 0;
    void tell();

    Task<> wait() override;
    void wake() override;

protected:
    /// A reply may run this far ahead of its reader before the upstream has to wait.
    static constexpr std::size_t readAhead = std::size_t(256) * 1024;
    /// Why an upstream is given up that said nothing for so long.
    static std::string tooSlow(std::chrono::milliseconds time);
    /// Where to, and how long that may take.
    void prepareConnection(const std::string &url, const Limits &limits);
    /// Removes the handle from the driver, which derived classes do before they are gone.
    void giveBack(bool isClean);
    /// What libcurl has to say about a result.
    [[nodiscard]] std::string reasonOf(CURLcode result) const;

private:
    CurlEasy m_easy;
    std::shared_ptr<CurlDriver *> m_driver;
    Signal m_changed;
    char m_reason[CURL_ERROR_SIZE] = {};
    bool m_news = false;
    bool m_willTell = false;
};

/// A transfer and what has come of it so far.
class CurlCall final : public CurlTransfer
{
public:
    CurlCall(CurlEasy easy, std::shared_ptr<CurlDriver *> driver, Deadlines &deadlines);
    ~CurlCall() override { giveBack(false); } // before what its callbacks use is gone
    CurlCall(const CurlCall &) = delete;
    CurlCall &operator=(const CurlCall &) = delete;

    void prepare(const UpstreamRequest &request, const Limits &limits, CurlOrigins &origins);
    void finish(CURLcode result) override;

    [[nodiscard]] bool hasHead() const override { return m_head.complete(); }
    [[nodiscard]] const ReplyHead &head() const override { return m_head.head(); }
    bool takeBody(std::string &out) override;
    [[nodiscard]] bool ended() const override { return m_ended; }
    [[nodiscard]] bool sent() const override { return m_sent; }
    [[nodiscard]] const std::string &failure() const override { return m_failure; }
    [[nodiscard]] bool timedOut() const override { return m_result == CURLE_OPERATION_TIMEDOUT; }

private:
    static constexpr int looksAtSilence = 8;

    static int onSend(void *self, char *, char *, int, int);
    static std::size_t onHeader(char *data, std::size_t size, std::size_t count, void *self);
    static std::size_t onBody(char *data, std::size_t size, std::size_t count, void *self);
    void aim(const std::string &url, const Limits &limits, CurlOrigins &origins);
    void heard();
    void onIdle();

    std::shared_ptr<const CurlOrigin> m_origin; ///< which libcurl copies when it connects
    CurlHeaders m_headers;
    ReplyHeadReader m_head;
    std::string m_body;
    std::string m_failure;
    Deadline m_idle;
    std::chrono::milliseconds m_idleTimeout{};
    curl_off_t m_uploaded = 0; ///< at the last look
    int m_silentLooks = 0;     ///< since something was heard
    CURLcode m_result = CURLE_OK;
    bool m_sent = false;
    bool m_sentTwice = false;
    bool m_triedAgain = false;
    bool m_ended = false;
    bool m_paused = false;
};

} // namespace farthing
