// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// Standard output, or a file that appears whole or not at all: written under another name, renamed by
/// finish(). What is no file, such as a pipe or a device, is written as it is.
class OutputFile
{
public:
    /// An empty path, or "-", means standard output.
    static Result<std::unique_ptr<OutputFile>> open(const std::string &path);
    ~OutputFile();
    OutputFile(const OutputFile &) = delete;
    OutputFile &operator=(const OutputFile &) = delete;

    /// False once nothing more can be written: a full disk, a closed pipe.
    bool write(std::string_view text);
    Result<void> finish();

private:
    OutputFile(std::FILE *file, std::filesystem::path target, std::filesystem::path temporary);

    /// What errno says, where it is the first that goes wrong.
    void noteFailure();

    std::FILE *m_file;
    int m_failure = 0; ///< errno of what went wrong first
    std::filesystem::path m_target;
    std::filesystem::path m_temporary;
};

} // namespace farthing
