// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodySink.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace farthing {

/// Takes bodies from the proxy's loop, which never waits for a disk or a key: a thread of its own encrypts
/// and writes them. There is none until a workflow's bodies are to be kept, or some were.
class BodyKeeper
{
public:
    struct Health
    {
        bool on = false;
        std::string error; ///< why no body is kept; empty where they are
        std::optional<Timestamp> since;
        std::uint64_t kept = 0;
        std::uint64_t dropped = 0; ///< not kept for want of room, key or disk; no call is lost with them
        std::uint64_t queuedBytes = 0;
    };

    BodyKeeper(std::filesystem::path store, BodyKeys::Options keys);
    /// Writes what waits, where it can be written.
    ~BodyKeeper();
    BodyKeeper(const BodyKeeper &) = delete;
    BodyKeeper &operator=(const BodyKeeper &) = delete;

    /// Holds at once, also for calls under way. From any thread.
    void configure(const BodyOptions &options);
    BodyBudget &budget() { return m_budget; }
    void keep(std::unique_ptr<KeptBodies> call);
    [[nodiscard]] Health health() const;

private:
    struct Work
    {
        BodyOptions options;
        std::vector<std::unique_ptr<KeptBodies>> calls;
        bool anew = false;  ///< with options that may be others
        bool again = false; ///< after a failure
        bool last = false;
    };
    void run();
    Work wait(std::chrono::seconds retry);
    Result<void> handle(BodySink &sink, const Work &work, std::uint64_t &kept);
    bool report(const Result<void> &done, const Work &work, std::uint64_t kept);

    const std::filesystem::path m_path;
    BodyKeys m_keys;
    BodyBudget m_budget;
    SystemClock m_clock;
    mutable std::mutex m_mutex; ///< never held while a disk or a key is waited for
    std::condition_variable m_wake;
    BodyOptions m_options;
    Health m_health;
    std::deque<std::unique_ptr<KeptBodies>> m_queue;
    bool m_changed = false;
    bool m_stopping = false;
    bool m_diskFailed = false;
    std::chrono::steady_clock::time_point m_nextTidying{};
    std::thread m_thread;
};

} // namespace farthing
