// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstddef>
#include <filesystem>
#include <memory>

namespace farthing {

/// A file mapped into memory, shared with the page cache: what is written there survives the death of the
/// process, without a system call. The seam between Farthing and what each operating system calls mapped
/// files.
class MappedFile
{
public:
    /// Creates the file (0600) with all `size` bytes really allocated, so that a full disk shows here and
    /// never as a fault on a later store.
    static Result<std::unique_ptr<MappedFile>> create(const std::filesystem::path &path, std::size_t size);
    static Result<std::unique_ptr<MappedFile>> openExisting(const std::filesystem::path &path);
    ~MappedFile();
    MappedFile(const MappedFile &) = delete;
    MappedFile &operator=(const MappedFile &) = delete;

    [[nodiscard]] std::byte *data() const { return m_data; }
    [[nodiscard]] std::size_t size() const { return m_size; }

private:
    MappedFile(std::byte *data, std::size_t size)
        : m_data(data)
        , m_size(size)
    {}
    std::byte *m_data;
    std::size_t m_size;
};

} // namespace farthing
