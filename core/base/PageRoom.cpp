// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/PageRoom.h"

#include "core/base/Files.h"

#include <cerrno>
#include <cstring>
#include <sys/statfs.h>
#include <unistd.h>
#include <vector>

namespace farthing {

namespace {

constexpr unsigned long btrfs = 0x9123683e;
constexpr unsigned long bcachefs = 0xca451a4e;
constexpr std::uint64_t plenty = std::uint64_t(64) << 20; ///< what is said to be free is not exact
constexpr std::size_t piece = std::size_t(64) << 10;
constexpr int pieces = 16; ///< together more than a transaction of some hundred rows writes

Result<void> tryPages(const std::filesystem::path &folder)
{
    std::string path = (folder / "room").string();
    const auto file = makeTemporaryFile(path);
    if (!file)
        return file.error();
    const std::vector<char> bytes(piece, 1);
    int written = 0;
    while (written < pieces && ::pwrite(*file, bytes.data(), piece, static_cast<off_t>(piece) * written) ==
                                   static_cast<ssize_t>(piece))
        ++written;
    const int code = errno;
    ::close(*file);
    ::unlink(path.c_str());
    if (written == pieces)
        return {};
    return Error{std::string("the disk is full: ") + std::strerror(code), folder.string()};
}

} // namespace

Result<void> takesMappedPages(const std::filesystem::path &folder)
{
    struct statfs system = {};
    if (::statfs(folder.c_str(), &system) != 0)
        return {}; // whoever writes there will say so
    const auto kind = static_cast<unsigned long>(system.f_type) & 0xffffffffUL;
    const bool isInPlace = kind != btrfs && kind != bcachefs;
    if (isInPlace || system.f_bavail * static_cast<std::uint64_t>(system.f_bsize) >= plenty)
        return {};
    return tryPages(folder);
}

} // namespace farthing
