// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/LoadRunner.h"

#include "app/sim/RequestBuilder.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>

namespace farthing::sim {

namespace {

using Clock = std::chrono::steady_clock;
constexpr long kTimeoutS = 300;
constexpr auto kReportEvery = std::chrono::milliseconds(250);

struct EasyDeleter
{
    void operator()(CURL *handle) const { curl_easy_cleanup(handle); }
};
struct MultiDeleter
{
    void operator()(CURLM *handle) const { curl_multi_cleanup(handle); }
};
struct ListDeleter
{
    void operator()(curl_slist *list) const { curl_slist_free_all(list); }
};

/// One connection's worth of work, used again for call after call.
struct Slot
{
    std::unique_ptr<CURL, EasyDeleter> handle{curl_easy_init()};
    std::unique_ptr<curl_slist, ListDeleter> headers;
    std::string url;
    std::string body;
    const PlannedCall *call = nullptr;
    Clock::time_point started;
    std::int64_t received = 0;
};

std::size_t receive(char *, std::size_t size, std::size_t count, void *context)
{
    auto *slot = static_cast<Slot *>(context);
    slot->received += static_cast<std::int64_t>(size * count);
    // Taking fewer bytes than were offered makes libcurl drop the connection: a client that goes away.
    return slot->call->aborts ? 0 : size * count;
}

class Runner
{
public:
    Runner(const std::vector<PlannedCall> &calls, const LoadOptions &options)
        : m_calls(calls)
        , m_options(options)
        , m_slots(std::max<std::size_t>(1, options.concurrency))
        , m_multi(curl_multi_init())
        , m_start(Clock::now())
    {
        for (Slot &slot : m_slots)
            m_free.push_back(&slot);
        m_summary.progress.total = calls.size();
        m_summary.latenciesMs.reserve(calls.size());
    }

    ~Runner()
    {
        for (Slot &slot : m_slots)
            curl_multi_remove_handle(m_multi.get(), slot.handle.get());
    }
    Runner(const Runner &) = delete;
    Runner &operator=(const Runner &) = delete;

    Result<LoadSummary> run(const std::function<void(const Progress &)> &report)
    {
        if (!m_multi ||
            std::any_of(m_slots.begin(), m_slots.end(), [](const Slot &slot) { return !slot.handle; }))
            return Error{"libcurl could not be started"};
        Clock::time_point nextReport = m_start;
        while (m_summary.progress.done < m_calls.size()) {
            startDueCalls();
            int running = 0;
            if (const CURLMcode code = curl_multi_perform(m_multi.get(), &running); code != CURLM_OK)
                return Error{curl_multi_strerror(code)};
            collect();
            m_summary.progress.seconds = std::chrono::duration<double>(Clock::now() - m_start).count();
            if (Clock::now() >= nextReport) {
                report(m_summary.progress);
                nextReport = Clock::now() + kReportEvery;
            }
            if (m_summary.progress.done < m_calls.size() && !canStart())
                curl_multi_poll(m_multi.get(), nullptr, 0, waitMs(), nullptr);
        }
        report(m_summary.progress);
        return std::move(m_summary);
    }

private:
    [[nodiscard]] Clock::time_point dueTime(const PlannedCall &call) const
    {
        if (m_options.speed <= 0)
            return m_start;
        const double ms = static_cast<double>(call.row.tMs - m_calls.front().row.tMs) / m_options.speed;
        return m_start + std::chrono::microseconds(static_cast<std::int64_t>(std::max(ms, 0.0) * 1000));
    }

    [[nodiscard]] bool canStart() const
    {
        return m_next < m_calls.size() && !m_free.empty() && dueTime(m_calls[m_next]) <= Clock::now();
    }

    [[nodiscard]] int waitMs() const
    {
        constexpr std::int64_t most = 200;
        if (m_next >= m_calls.size() || m_free.empty())
            return most;
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(dueTime(m_calls[m_next]) - Clock::now());
        return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, most));
    }

    void startDueCalls()
    {
        while (canStart()) {
            Slot &slot = *m_free.back();
            m_free.pop_back();
            start(slot, m_calls[m_next++]);
        }
    }

    void start(Slot &slot, const PlannedCall &call)
    {
        OutgoingCall out = buildRequest(call, m_options.upstreams);
        slot.call = &call;
        slot.received = 0;
        slot.url = m_options.proxy + out.path;
        slot.body = std::move(out.body);
        slot.headers.reset();
        for (const std::string &header : out.headers)
            slot.headers.reset(curl_slist_append(slot.headers.release(), header.c_str()));
        // An interim "100 Continue" would add a round trip to each large prompt.
        slot.headers.reset(curl_slist_append(slot.headers.release(), "Expect:"));
        CURL *handle = slot.handle.get();
        curl_easy_reset(handle);
        curl_easy_setopt(handle, CURLOPT_URL, slot.url.c_str());
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, slot.headers.get());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, slot.body.c_str());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(slot.body.size()));
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
        curl_easy_setopt(handle, CURLOPT_WRITEDATA, &slot);
        curl_easy_setopt(handle, CURLOPT_PRIVATE, &slot);
        curl_easy_setopt(handle, CURLOPT_USERAGENT, "farthing-sim-replay");
        curl_easy_setopt(handle, CURLOPT_TIMEOUT, kTimeoutS);
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle, CURLOPT_PROXY, ""); // the address is on this machine
        slot.started = Clock::now();
        curl_multi_add_handle(m_multi.get(), handle);
    }

    void collect()
    {
        int left = 0;
        while (const CURLMsg *message = curl_multi_info_read(m_multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE)
                continue;
            char *context = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &context);
            auto *slot = reinterpret_cast<Slot *>(context);
            finish(*slot, message->data.result);
            curl_multi_remove_handle(m_multi.get(), slot->handle.get());
            m_free.push_back(slot);
        }
    }

    void finish(const Slot &slot, CURLcode code)
    {
        ++m_summary.progress.done;
        m_summary.bytesReceived += slot.received;
        m_summary.streams += slot.call->stream ? 1U : 0U;
        if (code == CURLE_WRITE_ERROR && slot.call->aborts) {
            ++m_summary.aborted;
            return;
        }
        if (code != CURLE_OK) {
            noteFailure(slot, curl_easy_strerror(code));
            ++m_summary.failed;
            return;
        }
        long status = 0;
        curl_easy_getinfo(slot.handle.get(), CURLINFO_RESPONSE_CODE, &status);
        ++m_summary.statuses[status];
        m_summary.latenciesMs.push_back(
            std::chrono::duration<double, std::milli>(Clock::now() - slot.started).count());
        if (!slot.call->fault.empty()) {
            ++m_summary.injected;
        } else if (status >= 400) {
            noteFailure(slot, "status " + std::to_string(status));
            ++m_summary.unexpected;
        }
    }

    void noteFailure(const Slot &slot, const std::string &what)
    {
        if (m_summary.firstFailure.empty())
            m_summary.firstFailure = slot.url + ": " + what;
    }

    const std::vector<PlannedCall> &m_calls;
    const LoadOptions &m_options;
    std::vector<Slot> m_slots;
    std::vector<Slot *> m_free;
    std::unique_ptr<CURLM, MultiDeleter> m_multi;
    std::size_t m_next = 0;
    Clock::time_point m_start;
    LoadSummary m_summary;
};

} // namespace

Result<LoadSummary> runLoad(const std::vector<PlannedCall> &calls, const LoadOptions &options,
                            const std::function<void(const Progress &)> &report)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return Error{"libcurl could not be started"};
    Result<LoadSummary> summary = Runner(calls, options).run(report);
    curl_global_cleanup();
    return summary;
}

} // namespace farthing::sim
