// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <filesystem>
#include <string>

namespace farthing {

/// A file that is not complete yet, beside the one that it will be: under that one's name, a dot and six
/// characters that no other has. Mode 0600. What was not brought to its place goes with the object.
class TemporaryFile
{
public:
    static Result<TemporaryFile> make(const std::filesystem::path &beside);
    ~TemporaryFile();
    TemporaryFile(TemporaryFile &&other) noexcept;
    TemporaryFile &operator=(TemporaryFile &&) = delete;
    TemporaryFile(const TemporaryFile &) = delete;
    TemporaryFile &operator=(const TemporaryFile &) = delete;

    [[nodiscard]] const std::string &path() const { return m_path; }
    [[nodiscard]] int descriptor() const { return m_fd; }
    /// Syncs what was written, brings it to its place, and syncs the folder. What is there is replaced, or,
    /// unless `replace`, an error. The temporary name is gone afterwards.
    Result<void> place(const std::filesystem::path &target, bool replace);

private:
    TemporaryFile(std::string path, int fd)
        : m_path(std::move(path))
        , m_fd(fd)
    {}
    std::string m_path; ///< empty once it is in its place
    int m_fd;
};

} // namespace farthing
