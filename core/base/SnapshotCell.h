// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace farthing {

/// One immutable value that a writer replaces and readers take whole. A mutex around a shared_ptr copy:
/// std::atomic<std::shared_ptr> is a false positive under GCC 12's thread sanitizer.
template <class T>
class SnapshotCell
{
public:
    explicit SnapshotCell(std::shared_ptr<const T> value)
        : m_value(std::move(value))
    {}

    [[nodiscard]] std::shared_ptr<const T> get() const
    {
        const std::lock_guard lock(m_mutex);
        return m_value;
    }
    void set(std::shared_ptr<const T> value)
    {
        const std::lock_guard lock(m_mutex);
        m_value.swap(value);
    }

private:
    mutable std::mutex m_mutex;
    std::shared_ptr<const T> m_value;
};

} // namespace farthing
