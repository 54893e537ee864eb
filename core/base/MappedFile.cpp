// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/MappedFile.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <vector>

namespace farthing {

namespace {

constexpr std::size_t pageSize = 4096;
struct sigaction before = {};

/// Calls only what is a plain system call on Linux. Other threads see the page as it was until the copy is in
/// its place.
bool putCopyInPlace(std::byte *page)
{
    void *const copy = ::mmap(nullptr, pageSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED)
        return false;
    const iovec to = {copy, pageSize};
    const iovec from = {page, pageSize};
    // Zeros stay where the page cannot be read either.
    if (::process_vm_readv(::getpid(), &to, 1, &from, 1, 0) < 0 && errno != EFAULT)
        std::memcpy(copy, page, pageSize);
    return ::mremap(copy, pageSize, pageSize, MREMAP_MAYMOVE | MREMAP_FIXED, page) != MAP_FAILED;
}

} // namespace

/// Kept for good and used again, as the handler may be walking over them.
struct MappedFile::Mapping
{
    std::atomic<std::byte *> begin = nullptr; ///< null: free
    std::size_t size = 0;
    std::atomic<bool> isLost = false;
    std::atomic_flag isReplacing;
    std::vector<bool> replaced; ///< by page
    Mapping *next = nullptr;

    static Mapping *take(std::byte *data, std::size_t size);
    /// Of a page of it, in a signal handler. False where the system gives no memory.
    bool replace(std::byte *page);
    /// Where that byte is of a mapped file.
    static Mapping *at(const std::byte *address);

private:
    static std::atomic<Mapping *> first;
};

std::atomic<MappedFile::Mapping *> MappedFile::Mapping::first = nullptr;

MappedFile::Mapping *MappedFile::Mapping::at(const std::byte *address)
{
    for (Mapping *each = first.load(); each != nullptr; each = each->next) {
        const std::byte *const begin = each->begin.load();
        if (begin != nullptr && address >= begin && address < begin + each->size)
            return each;
    }
    return nullptr;
}

MappedFile::Mapping *MappedFile::Mapping::take(std::byte *data, std::size_t size)
{
    static std::mutex mutex;
    const std::lock_guard lock(mutex);
    Mapping *free = first.load();
    while (free != nullptr && free->begin.load() != nullptr)
        free = free->next;
    const bool isNew = free == nullptr;
    if (isNew)
        free = new Mapping;
    free->size = size;
    free->isLost = false;
    free->replaced.assign((size + pageSize - 1) / pageSize, false);
    free->begin = data;
    if (isNew) {
        free->next = first.load();
        first = free;
    }
    return free;
}

bool MappedFile::Mapping::replace(std::byte *page)
{
    const auto number = static_cast<std::size_t>(page - begin.load()) / pageSize;
    while (isReplacing.test_and_set())
        ; // another thread, at the same page perhaps
    const bool done = replaced[number] || putCopyInPlace(page);
    replaced[number] = done;
    isLost = isLost || done;
    isReplacing.clear();
    return done;
}

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

/// What is none of its business comes again under what was in place before.
void MappedFile::onBusError(int number, siginfo_t *info, void *)
{
    const int code = errno;
    auto *const address = static_cast<std::byte *>(info->si_addr);
    const bool isFault = info->si_code > 0; // otherwise somebody has sent it
    Mapping *const mapping = isFault ? Mapping::at(address) : nullptr;
    if (mapping == nullptr ||
        !mapping->replace(address - reinterpret_cast<std::uintptr_t>(address) % pageSize)) {
        ::sigaction(SIGBUS, &before, nullptr);
        if (!isFault)
            ::raise(number);
    }
    errno = code;
}

MappedFile::MappedFile(std::byte *data, std::size_t size)
    : m_data(data)
    , m_size(size)
    , m_mapping(Mapping::take(data, size))
{
    [[maybe_unused]] static const int installed = [] {
        struct sigaction action = {};
        action.sa_sigaction = &MappedFile::onBusError;
        action.sa_flags = SA_SIGINFO;
        return ::sigaction(SIGBUS, &action, &before);
    }();
}

bool MappedFile::isLost() const
{
    return m_mapping->isLost.load();
}

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
    m_mapping->begin = nullptr;
    ::munmap(m_data, m_size);
}

} // namespace farthing
