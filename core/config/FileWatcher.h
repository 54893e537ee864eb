// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace farthing {

/// Calls back on a thread of its own when a file's content may have changed: within half a second of an edit,
/// of its creation and of its removal, and when it is asked to look again.
class FileWatcher
{
public:
    struct Watched
    {
        std::filesystem::path path;
        std::function<void()> changed;
        std::string stamp; ///< of what is known of it: an edit between that and now is reported too
    };

    /// What tells one content of a file from another; empty where there is no file. To be taken before the
    /// file is read.
    static std::string stampOf(const std::filesystem::path &path);

    explicit FileWatcher(std::vector<Watched> files);
    ~FileWatcher();
    FileWatcher(const FileWatcher &) = delete;
    FileWatcher &operator=(const FileWatcher &) = delete;

    /// Reports every file as changed, soon.
    void lookAgain();

private:
    void run();
    static void lookAt(Watched &file, bool report);

    std::vector<Watched> m_files;
    std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stopping = false;
    bool m_again = false;
    std::thread m_thread;
};

} // namespace farthing
