// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/OutputFile.h"

#include "core/base/Files.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace farthing {

namespace {

/// Of the file that is replaced, or what the user's own umask leaves of a new one.
mode_t modeFor(const std::filesystem::path &target)
{
    struct stat existing = {};
    if (::stat(target.c_str(), &existing) == 0)
        return existing.st_mode & 07777;
    const mode_t mask = ::umask(077);
    ::umask(mask);
    return 0666 & ~mask;
}

} // namespace

OutputFile::OutputFile(std::FILE *file, std::filesystem::path target, std::filesystem::path temporary)
    : m_file(file)
    , m_target(std::move(target))
    , m_temporary(std::move(temporary))
{}

Result<std::unique_ptr<OutputFile>> OutputFile::open(const std::string &path)
{
    if (path.empty() || path == "-")
        return std::unique_ptr<OutputFile>(new OutputFile(stdout, {}, {}));
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored) && !std::filesystem::is_regular_file(path, ignored)) {
        std::FILE *const device = std::fopen(path.c_str(), "wb");
        if (device == nullptr)
            return Error{std::string("cannot be written: ") + std::strerror(errno), path};
        return std::unique_ptr<OutputFile>(new OutputFile(device, path, {}));
    }
    std::filesystem::path target = std::filesystem::weakly_canonical(path, ignored);
    if (target.empty())
        target = path;
    std::string temporary = target.string();
    const auto fd = makeTemporaryFile(temporary);
    if (!fd)
        return fd.error();
    std::unique_ptr<OutputFile> file(new OutputFile(::fdopen(*fd, "wb"), target, temporary));
    if (::fchmod(*fd, modeFor(target)) != 0)
        return Error{std::string("cannot be written: ") + std::strerror(errno), path};
    return file;
}

OutputFile::~OutputFile()
{
    if (m_target.empty())
        return;
    if (m_file != nullptr)
        std::ignore = std::fclose(m_file);
    std::error_code ignored;
    if (!m_temporary.empty())
        std::filesystem::remove(m_temporary, ignored);
}

void OutputFile::noteFailure()
{
    m_failure = m_failure == 0 ? errno : m_failure;
}

bool OutputFile::write(std::string_view text)
{
    if (std::fwrite(text.data(), 1, text.size(), m_file) != text.size())
        noteFailure();
    return m_failure == 0;
}

Result<void> OutputFile::finish()
{
    const bool isOutput = m_target.empty();
    if (std::fflush(m_file) != 0)
        noteFailure();
    if (!isOutput && std::fclose(std::exchange(m_file, nullptr)) != 0)
        noteFailure();
    std::error_code error(m_failure, std::generic_category());
    if (!error && !m_temporary.empty())
        std::filesystem::rename(m_temporary, m_target, error);
    if (error)
        return Error{error.message(), isOutput ? "standard output" : m_target.string()};
    m_temporary.clear();
    return {};
}

} // namespace farthing
