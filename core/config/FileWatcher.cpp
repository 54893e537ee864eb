// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/FileWatcher.h"

#include <chrono>
#include <utility>

namespace farthing {

namespace {

constexpr auto interval = std::chrono::milliseconds(300);

} // namespace

FileWatcher::FileWatcher(std::vector<Watched> files)
    : m_files(std::move(files))
{
    m_thread = std::thread([this] { run(); });
}

FileWatcher::~FileWatcher()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void FileWatcher::lookAgain()
{
    const std::lock_guard lock(m_mutex);
    m_again = true;
    m_wake.notify_all();
}

std::string FileWatcher::stampOf(const std::filesystem::path &path)
{
    std::error_code error;
    const auto time = std::filesystem::last_write_time(path, error);
    if (error)
        return {};
    const auto size = std::filesystem::file_size(path, error);
    return std::to_string(time.time_since_epoch().count()) + ":" + std::to_string(size);
}

void FileWatcher::lookAt(Watched &file, bool report)
{
    std::string stamp = stampOf(file.path);
    if (!report && stamp == file.stamp)
        return;
    file.stamp = std::move(stamp);
    file.changed();
}

void FileWatcher::run()
{
    for (;;) {
        bool again = false;
        {
            std::unique_lock lock(m_mutex);
            m_wake.wait_for(lock, interval, [this] { return m_stopping || m_again; });
            if (m_stopping)
                return;
            again = std::exchange(m_again, false);
        }
        for (Watched &file : m_files)
            lookAt(file, again);
    }
}

} // namespace farthing
