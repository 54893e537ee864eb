// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/MappedFile.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace farthing {

namespace {

Error systemError(const std::filesystem::path &path, const char *what, int code)
{
    return {std::string(what) + ": " + std::strerror(code), path.string()};
}

std::byte *map(int fd, std::size_t size)
{
    void *const data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    return data == MAP_FAILED ? nullptr : static_cast<std::byte *>(data);
}

} // namespace

Result<std::unique_ptr<MappedFile>> MappedFile::create(const std::filesystem::path &path, std::size_t size)
{
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return systemError(path, "cannot be created", errno);
    const int allocated = ::posix_fallocate(fd, 0, static_cast<off_t>(size));
    std::byte *const data = allocated == 0 ? map(fd, size) : nullptr;
    const int code = allocated != 0 ? allocated : errno;
    ::close(fd);
    if (data == nullptr) {
        ::unlink(path.c_str());
        return systemError(path, "cannot be allocated", code);
    }
    return std::unique_ptr<MappedFile>(new MappedFile(data, size));
}

Result<std::unique_ptr<MappedFile>> MappedFile::openExisting(const std::filesystem::path &path)
{
    const int fd = ::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return systemError(path, "cannot be opened", errno);
    struct stat info = {};
    const bool usable = ::fstat(fd, &info) == 0 && info.st_size > 0;
    std::byte *const data = usable ? map(fd, static_cast<std::size_t>(info.st_size)) : nullptr;
    const int code = errno;
    ::close(fd);
    if (data == nullptr)
        return usable ? systemError(path, "cannot be mapped", code) : Error{"is empty", path.string()};
    return std::unique_ptr<MappedFile>(new MappedFile(data, static_cast<std::size_t>(info.st_size)));
}

MappedFile::~MappedFile()
{
    ::munmap(m_data, m_size);
}

} // namespace farthing
