// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/FileWatcher.h"

#include <cerrno>
#include <chrono>
#include <sys/stat.h>
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
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0)
        return errno == ENOENT ? "" : std::to_string(errno);
    // The change time, which the file's mode and owner have a part in too.
    return std::to_string(info.st_ctim.tv_sec) + "." + std::to_string(info.st_ctim.tv_nsec) + ":" +
           std::to_string(info.st_ino) + ":" + std::to_string(info.st_size);
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
