// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/FileLines.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace farthing {

namespace {

constexpr std::size_t firstRoom = std::size_t(1) << 20;

Error readError()
{
    return {std::string("cannot be read: ") + std::strerror(errno)};
}

} // namespace

FileLines::FileLines(int descriptor)
    : m_descriptor(descriptor)
    , m_buffer(firstRoom + padding, '\0')
{}

FileLines::FileLines(FileLines &&other) noexcept
    : m_descriptor(std::exchange(other.m_descriptor, -1))
    , m_buffer(std::move(other.m_buffer))
    , m_begin(other.m_begin)
    , m_end(other.m_end)
    , m_number(other.m_number)
    , m_bytesRead(other.m_bytesRead)
{}

FileLines::~FileLines()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Result<FileLines> FileLines::open(const std::filesystem::path &path)
{
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return Error{std::string("cannot be opened: ") + std::strerror(errno)};
    std::ignore = ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    return FileLines(descriptor);
}

Result<bool> FileLines::fill()
{
    if (m_begin > 0) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_begin, m_end - m_begin);
        m_end -= m_begin;
        m_begin = 0;
    }
    if (m_end + padding == m_buffer.size())
        m_buffer.resize(2 * m_end + padding);
    ssize_t got = 0;
    do
        got = ::read(m_descriptor, m_buffer.data() + m_end, m_buffer.size() - padding - m_end);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return readError();
    m_end += static_cast<std::size_t>(got);
    m_bytesRead += static_cast<std::uint64_t>(got);
    return got > 0;
}

Result<FileLines::Got> FileLines::next()
{
    ++m_number;
    for (std::size_t searched = 0;;) {
        const char *const begin = m_buffer.data() + m_begin;
        const std::size_t held = m_end - m_begin;
        if (const void *const end = std::memchr(begin + searched, '\n', held - searched)) {
            m_line = {begin, static_cast<std::size_t>(static_cast<const char *>(end) - begin)};
            m_begin += m_line.size() + 1;
            return m_line.size() > longestLine ? Got::TooLong : Got::Line;
        }
        if (held > longestLine)
            return skipRest();
        searched = held;
        const auto more = fill();
        if (!more)
            return more.error();
        if (*more)
            continue;
        m_line = {m_buffer.data() + m_begin, m_end - m_begin};
        m_begin = m_end;
        return m_line.empty() ? Got::End : Got::Part;
    }
}

Result<FileLines::Got> FileLines::skipRest()
{
    m_line = {};
    for (;;) {
        m_begin = m_end;
        const auto more = fill();
        if (!more)
            return more.error();
        if (!*more)
            return Got::TooLong;
        const char *const begin = m_buffer.data();
        if (const void *const end = std::memchr(begin, '\n', m_end)) {
            m_begin = static_cast<std::size_t>(static_cast<const char *>(end) - begin) + 1;
            return Got::TooLong;
        }
    }
}

} // namespace farthing
