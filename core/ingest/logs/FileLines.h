// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace farthing {

/// The lines of a file, one after the other, from a buffer that grows with the longest of them only. What
/// another program appends meanwhile is read as far as it has come.
class FileLines
{
public:
    /// Lines of transcripts hold pictures; beyond this something has gone wrong in the file.
    static constexpr std::size_t longestLine = std::size_t(64) << 20;
    /// What may be read behind a line, for parsers that look at blocks of bytes.
    static constexpr std::size_t padding = 64;

    static Result<FileLines> open(const std::filesystem::path &path);
    FileLines(FileLines &&other) noexcept;
    FileLines &operator=(FileLines &&) = delete;
    FileLines(const FileLines &) = delete;
    FileLines &operator=(const FileLines &) = delete;
    ~FileLines();

    enum class Got {
        Line,    ///< line() is the next one, without its end
        Part,    ///< the last one, which has no end yet
        TooLong, ///< it was left out
        End
    };
    /// What line() was before is no longer valid.
    Result<Got> next();
    [[nodiscard]] std::string_view line() const { return m_line; }
    [[nodiscard]] std::uint64_t number() const { return m_number; } ///< of line(), from 1
    [[nodiscard]] std::uint64_t bytesRead() const { return m_bytesRead; }

private:
    explicit FileLines(int descriptor);
    /// False at the end of the file.
    Result<bool> fill();
    Result<Got> skipRest();

    int m_descriptor;
    std::string m_buffer;
    std::size_t m_begin = 0; ///< of what was not handed out
    std::size_t m_end = 0;
    std::string_view m_line;
    std::uint64_t m_number = 0;
    std::uint64_t m_bytesRead = 0;
};

} // namespace farthing
