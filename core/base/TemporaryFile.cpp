// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/TemporaryFile.h"

#include "core/base/Files.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace farthing {

Result<TemporaryFile> TemporaryFile::make(const std::filesystem::path &beside)
{
    std::string path = beside.string();
    const auto fd = makeTemporaryFile(path);
    if (!fd)
        return fd.error();
    return TemporaryFile(std::move(path), *fd);
}

TemporaryFile::~TemporaryFile()
{
    if (m_fd >= 0)
        ::close(m_fd);
    if (!m_path.empty())
        ::unlink(m_path.c_str());
}

TemporaryFile::TemporaryFile(TemporaryFile &&other) noexcept
    : m_path(std::exchange(other.m_path, {}))
    , m_fd(std::exchange(other.m_fd, -1))
{}

Result<void> TemporaryFile::place(const std::filesystem::path &target, bool replace)
{
    if (::fsync(m_fd) != 0)
        return Error{std::string("cannot be written: ") + std::strerror(errno), target.string()};
    return placeFile(std::exchange(m_path, {}), target, replace);
}

} // namespace farthing
