// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <memory>

namespace farthing {

/// A file mapped into memory, shared with the page cache: what is written there survives the death of the
/// process, without a system call. The seam between Farthing and what each operating system calls mapped
/// files.
///
/// Where the file system cannot take a page, because the disk fails, somebody has cut the file, or is full
/// and writes every page to a new place (btrfs), the system sends SIGBUS. Its handler, installed with the
/// first file, then puts memory of the process's own in that page's place, with what it held: nobody dies,
/// and `isLost` says it.
class MappedFile
{
public:
    /// Creates the file (0600) with all `size` bytes really allocated, so that a full disk shows here, on
    /// file systems that write in place.
    static Result<std::unique_ptr<MappedFile>> create(const std::filesystem::path &path, std::size_t size);
    static Result<std::unique_ptr<MappedFile>> openExisting(const std::filesystem::path &path);
    ~MappedFile();
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;

    [[nodiscard]] std::byte *data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }
    /// Whether what is here may be missing in the file, from some write on.
    [[nodiscard]] bool isLost() const;

private:
    struct Mapping;
    MappedFile(std::byte *data, std::size_t size);
    static void onBusError(int number, siginfo_t *info, void *context);

    std::byte *m_data;
    std::size_t m_size;
    Mapping *m_mapping; ///< what the handler knows of it
};

} // namespace farthing
