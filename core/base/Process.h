// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <chrono>
#include <cstdint>
#include <memory>

namespace farthing {

/// One process of this machine, held by more than its number: what gets that number after its end is never
/// taken for it. The seam between Farthing and what each operating system calls processes.
class Process
{
public:
    /// Fails where no process has that number.
    static Result<std::unique_ptr<Process>> open(std::int64_t id);
    ~Process();
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    [[nodiscard]] std::int64_t id() const { return m_id; }
    /// One that has ended is not alive, whether or not its parent has taken notice.
    [[nodiscard]] bool isAlive() const { return !endsWithin({}); }
    /// Waits for its end, at most so long.
    [[nodiscard]] bool endsWithin(std::chrono::milliseconds atMost) const;
    /// SIGTERM. Nothing where it has ended.
    void askToEnd() const;

    /// Called in a child between fork and exec: it is asked to end when the thread that forked it does,
    /// however that comes about.
    static void endWithParent();

private:
    Process(std::int64_t id, int fd)
        : m_id(id)
        , m_fd(fd)
    {}
    std::int64_t m_id;
    int m_fd;
};

} // namespace farthing
