// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// Reads a whole file; fails with the path and the system's reason.
Result<std::string> readFile(const std::filesystem::path &path);

/// The same of a file of settings, which need not be there: nothing where it is not, an error where that
/// cannot be told. What is no file, or larger than 64 MiB, is refused: a pipe would be waited for, a device
/// read for ever.
Result<std::optional<std::string>> readFileIfThere(const std::filesystem::path &path);

/// Where a write to `path` goes: what it leads to where it is a symbolic link, also one to a file that is not
/// there yet. Fails where links lead in a circle.
Result<std::filesystem::path> followLinks(std::filesystem::path path);

/// Writes beside the target, syncs, and renames over it: a reader sees the old file or the new one. The file
/// takes the place of a symbolic link, whose target stays as it is. Mode 0600.
Result<void> writeFileAtomically(const std::filesystem::path &path, std::string_view content);

/// The same for what a person edits, who may keep it elsewhere: a symbolic link stays one, and its target is
/// written.
Result<void> writeLinkedFile(const std::filesystem::path &path, std::string_view content);

/// Writes a file that must not be there yet; fails where it is. Mode 0600.
Result<void> writeNewFile(const std::filesystem::path &path, std::string_view content);

/// Creates a file that is new, and opens it: `path` gets a dot and six characters that no other has. Mode
/// 0600. Whoever asks closes the descriptor.
Result<int> makeTemporaryFile(std::string &path);

/// Fails where the disk of `path` has no room for so many bytes; `what` for, as the error goes on: "takes 3
/// MB" and that.
Result<void> checkRoom(const std::filesystem::path &path, std::uint64_t bytes, const std::string &what);

/// Brings a finished file, which lies beside `target` under a temporary name, to its place and has the folder
/// synced. What is there is replaced, or, unless `replace`, an error. The temporary name is gone afterwards.
Result<void> placeFile(const std::string &temporary, const std::filesystem::path &target, bool replace);

/// Creates the directory and its parents, mode 0700 for those it creates.
Result<void> createPrivateDirectory(const std::filesystem::path &path);

/// An exclusive lock on a file, held until destruction or the death of the process, whichever is first.
class FileLock
{
public:
    /// Fails at once where another process holds it; the error names that process's id if the file tells. A
    /// full disk, which takes no id, is no failure. A symbolic link is not followed.
    static Result<std::unique_ptr<FileLock>> acquire(const std::filesystem::path &path);
    /// The same of a folder, which nobody removes by mistake while it is in use. Where the file system locks
    /// no folders, nobody is kept out.
    static Result<std::unique_ptr<FileLock>> acquireFolder(const std::filesystem::path &path);
    /// Whether a process holds it now; false where that cannot be told.
    static bool isHeld(const std::filesystem::path &path);
    ~FileLock();
    FileLock(const FileLock &) = delete;
    FileLock &operator=(const FileLock &) = delete;

private:
    explicit FileLock(int fd)
        : m_fd(fd)
    {}
    int m_fd;
};

} // namespace farthing
