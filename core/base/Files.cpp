// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Files.h"

#include "core/base/TemporaryFile.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace farthing {

namespace {

/// Of a file of settings.
constexpr off_t mostOfSettings = off_t(64) << 20;

Error systemError(const std::filesystem::path &path, const char *what)
{
    return {std::string(what) + ": " + std::strerror(errno), path.string()};
}

class Descriptor
{
public:
    explicit Descriptor(int fd)
        : m_fd(fd)
    {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    [[nodiscard]] int get() const { return m_fd; }
    int release() { return std::exchange(m_fd, -1); }

private:
    int m_fd;
};

bool writeAll(int fd, std::string_view content)
{
    while (!content.empty()) {
        const ssize_t n = ::write(fd, content.data(), content.size());
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

Result<std::string> readAll(const Descriptor &file, const std::filesystem::path &path)
{
    std::string content;
    char buffer[65536];
    for (;;) {
        const ssize_t n = ::read(file.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return systemError(path, "cannot be read");
        if (n == 0)
            return content;
        content.append(buffer, static_cast<std::size_t>(n));
    }
}

} // namespace

Result<std::string> readFile(const std::filesystem::path &path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return file.get() >= 0 ? readAll(file, path) : systemError(path, "cannot be opened");
}

Result<std::optional<std::string>> readFileIfThere(const std::filesystem::path &path)
{
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown) && !unknown)
        return std::optional<std::string>();
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat about = {};
    if (file.get() < 0 || ::fstat(file.get(), &about) != 0)
        return systemError(path, "cannot be opened");
    if (!S_ISREG(about.st_mode))
        return Error{"is not a file", path.string()};
    if (about.st_size > mostOfSettings)
        return Error{"is larger than 64 MiB", path.string()};
    auto content = readAll(file, path);
    if (!content)
        return content.error();
    return std::optional(*std::move(content));
}

Result<std::filesystem::path> followLinks(std::filesystem::path path)
{
    constexpr int atMost = 40; // as many as Linux follows
    for (int links = 0; links <= atMost; ++links) {
        std::error_code noLink;
        const std::filesystem::path next = std::filesystem::read_symlink(path, noLink);
        if (noLink)
            return path;
        path = path.parent_path() / next;
    }
    errno = ELOOP;
    return systemError(path, "cannot be followed");
}

Result<void> writeLinkedFile(const std::filesystem::path &path, std::string_view content)
{
    const auto target = followLinks(path);
    return target ? writeFileAtomically(*target, content) : target.error();
}

Result<int> makeTemporaryFile(std::string &path)
{
    std::string unique = path + ".XXXXXX";
    const int file = ::mkostemp(unique.data(), O_CLOEXEC);
    if (file < 0)
        return systemError(path, "cannot be written");
    path = std::move(unique);
    return file;
}

Result<void> checkRoom(const std::filesystem::path &path, std::uint64_t bytes, const std::string &what)
{
    constexpr std::uint64_t megabyte = 1'000'000;
    std::error_code unknown;
    const auto room = std::filesystem::space(path.has_parent_path() ? path.parent_path() : ".", unknown);
    if (unknown || room.available >= bytes)
        return {};
    return Error{"takes " + std::to_string(bytes / megabyte + 1) + " MB" + what + ", and the disk has " +
                     std::to_string(room.available / megabyte) + " MB left",
                 path.string()};
}

Result<void> placeFile(const std::string &temporary, const std::filesystem::path &target, bool replace)
{
    const char *const name = temporary.c_str();
    if ((replace ? ::rename(name, target.c_str()) : ::link(name, target.c_str())) != 0) {
        const Error error = systemError(target, "cannot be written");
        ::unlink(name);
        return error;
    }
    ::unlink(name);
    const Descriptor directory(
        ::open(target.parent_path().empty() ? "." : target.parent_path().c_str(), O_RDONLY | O_CLOEXEC));
    if (directory.get() >= 0)
        ::fsync(directory.get());
    return {};
}

namespace {

Result<void> writeAndPlace(const std::filesystem::path &path, std::string_view content, bool replace)
{
    auto file = TemporaryFile::make(path);
    if (!file)
        return file.error();
    if (!writeAll(file->descriptor(), content))
        return systemError(path, "cannot be written");
    return file->place(path, replace);
}

} // namespace

Result<void> writeFileAtomically(const std::filesystem::path &path, std::string_view content)
{
    return writeAndPlace(path, content, true);
}

Result<void> writeNewFile(const std::filesystem::path &path, std::string_view content)
{
    return writeAndPlace(path, content, false);
}

Result<void> createPrivateDirectory(const std::filesystem::path &path)
{
    std::error_code unknown;
    if (path.empty() || std::filesystem::is_directory(path, unknown))
        return {};
    if (auto parent = createPrivateDirectory(path.parent_path()); !parent)
        return parent;
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
        return systemError(path, "cannot be created");
    return {};
}

Result<std::unique_ptr<FileLock>> FileLock::acquire(const std::filesystem::path &path)
{
    Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.get() < 0 && errno == ELOOP)
        return Error{"is a symbolic link, which is not followed here: remove it", path.string()};
    if (file.get() < 0)
        return systemError(path, "cannot be opened");
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return systemError(path, "cannot be locked");
        const auto owner = readFile(path);
        const std::string who =
            owner && !owner->empty() ? "process " + *owner : std::string("another process");
        return Error{"is locked by " + who, path.string()};
    }
    if (::ftruncate(file.get(), 0) == 0)
        writeAll(file.get(), std::to_string(::getpid())); // says who; the lock itself says that
    return std::unique_ptr<FileLock>(new FileLock(file.release()));
}

Result<std::unique_ptr<FileLock>> FileLock::acquireFolder(const std::filesystem::path &path)
{
    Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0)
        return systemError(path, "cannot be opened");
    if (::flock(folder.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return Error{"is in use by another process", path.string()};
    return std::unique_ptr<FileLock>(new FileLock(folder.release()));
}

bool FileLock::isHeld(const std::filesystem::path &path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return file.get() >= 0 && ::flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

FileLock::~FileLock()
{
    ::close(m_fd);
}

} // namespace farthing
