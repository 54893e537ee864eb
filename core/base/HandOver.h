// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>

namespace farthing {

/// Between a thread that makes things and one that uses them: the maker is some things ahead, and no more.
template <class T>
class HandOver
{
public:
    explicit HandOver(std::size_t most)
        : m_most(most)
    {}

    /// Waits where the maker is as far ahead as it may be; false once nobody takes any more.
    bool put(T thing)
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_things.size() < m_most || m_isLeft; });
        if (!m_isLeft)
            m_things.push_back(std::move(thing));
        m_changed.notify_all();
        return !m_isLeft;
    }
    /// There are no more.
    void finish() { set(m_isFinished); }
    /// The next one; none at the end.
    std::optional<T> take()
    {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return !m_things.empty() || m_isFinished; });
        if (m_things.empty())
            return std::nullopt;
        T thing = std::move(m_things.front());
        m_things.pop_front();
        m_changed.notify_all();
        return thing;
    }
    /// The user goes before the end.
    void leave() { set(m_isLeft); }

private:
    void set(bool &flag)
    {
        const std::lock_guard lock(m_mutex);
        flag = true;
        m_changed.notify_all();
    }

    std::size_t m_most;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<T> m_things;
    bool m_isFinished = false;
    bool m_isLeft = false;
};

} // namespace farthing
