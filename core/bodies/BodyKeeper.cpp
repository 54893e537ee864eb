// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/bodies/BodyKeeper.h"

#include <algorithm>

namespace farthing {

namespace {

using namespace std::chrono_literals;

constexpr auto tidying = 60s;
constexpr auto firstRetry = 1s;
constexpr auto longestRetry = 30s;
constexpr std::uint64_t leastBudget = 33'554'432;

std::uint64_t bodiesIn(std::span<const std::unique_ptr<KeptBodies>> calls)
{
    std::uint64_t bodies = 0;
    for (const auto &call : calls)
        for (const BodySide side : {BodySide::Request, BodySide::Reply})
            bodies += call->of(side).bytes.size() > 0 ? 1 : 0;
    return bodies;
}

} // namespace

BodyKeeper::BodyKeeper(std::filesystem::path store, BodyKeys::Options keys)
    : m_path(std::move(store))
    , m_keys(std::move(keys))
{}

BodyKeeper::~BodyKeeper()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_keys.stop();
    m_wake.notify_all();
    if (m_thread.joinable())
        m_thread.join();
}

void BodyKeeper::configure(const BodyOptions &options)
{
    std::error_code unknown;
    const bool needed = !options.workflows.empty() || std::filesystem::exists(m_path, unknown);
    const std::lock_guard lock(m_mutex);
    m_options = options;
    std::erase_if(m_queue,
                  [&options](const auto &call) { return !options.workflows.contains(call->workflow); });
    m_health.on = !options.workflows.empty();
    m_changed = true;
    m_budget.setLimit(std::max(leastBudget, 4 * options.maxBodyBytes));
    if (needed && !m_thread.joinable())
        m_thread = std::thread([this] { run(); });
    m_wake.notify_all();
}

void BodyKeeper::keep(std::unique_ptr<KeptBodies> call)
{
    const std::lock_guard lock(m_mutex);
    if (!m_options.workflows.contains(call->workflow))
        return;
    m_queue.push_back(std::move(call));
    m_wake.notify_all();
}

BodyKeeper::Health BodyKeeper::health() const
{
    const std::lock_guard lock(m_mutex);
    Health health = m_health;
    health.queuedBytes = m_budget.taken();
    return health;
}

void BodyKeeper::run()
{
    BodySink sink(m_path, m_keys);
    for (std::chrono::seconds retry{};;) { // 0 while all is well
        const Work work = wait(retry);
        std::uint64_t kept = 0;
        const auto done = handle(sink, work, kept);
        if (!done || work.options.workflows.empty())
            sink.forget();
        retry =
            report(done, work, kept) ? std::clamp(work.anew ? 0s : 2 * retry, firstRetry, longestRetry) : 0s;
        if (work.last)
            return;
    }
}

BodyKeeper::Work BodyKeeper::wait(std::chrono::seconds retry)
{
    const bool failing = retry > 0s;
    std::unique_lock lock(m_mutex);
    const auto due = failing ? std::chrono::steady_clock::now() + retry : m_nextTidying;
    m_wake.wait_until(lock, due,
                      [this, failing] { return m_stopping || m_changed || (!failing && !m_queue.empty()); });
    Work work{m_options, {}, std::exchange(m_changed, false), failing, m_stopping};
    std::ranges::move(m_queue, std::back_inserter(work.calls));
    m_queue.clear();
    return work;
}

Result<void> BodyKeeper::handle(BodySink &sink, const Work &work, std::uint64_t &kept)
{
    const auto now = std::chrono::steady_clock::now();
    if (work.anew || work.again || now >= m_nextTidying) {
        m_nextTidying = now + tidying;
        if (auto tidied = sink.tidy(work.options, m_clock.now()); !tidied)
            return tidied;
    }
    if (work.options.workflows.empty())
        return {};
    if (auto prepared = sink.prepare(work.options); !prepared)
        return prepared;
    return sink.write(work.calls, work.options, kept);
}

/// Whether bodies cannot be kept. A disk that took none is believed again when it takes some.
bool BodyKeeper::report(const Result<void> &done, const Work &work, std::uint64_t kept)
{
    const std::lock_guard lock(m_mutex);
    m_health.kept += kept;
    m_health.dropped += bodiesIn(work.calls) - kept;
    if (!done) {
        if (m_health.error.empty())
            m_health.since = m_clock.now();
        m_health.error = done.error().toString();
        m_diskFailed = m_diskFailed || !work.calls.empty();
    } else if (kept > 0 || work.anew || !m_diskFailed) {
        m_health.error.clear();
        m_health.since.reset();
        m_diskFailed = false;
    }
    return !m_health.error.empty();
}

} // namespace farthing
