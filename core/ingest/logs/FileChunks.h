// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace farthing {

/// A file, or a pipe, in pieces; a byte order mark at its beginning is left out.
class FileChunks
{
public:
    /// `name` is a path, or "-" for standard input.
    static Result<FileChunks> open(const std::string &name);

    /// The next bytes, valid until they are asked for again; none at the end, nor where it cannot be read.
    std::string_view next();
    /// Whether the end that next() came to is the file's.
    [[nodiscard]] Result<void> atEnd() const;
    [[nodiscard]] std::uint64_t bytes() const { return m_bytes; } ///< 0 where nobody knows
    [[nodiscard]] std::uint64_t bytesRead() const { return m_bytesRead; }

private:
    FileChunks(std::unique_ptr<std::istream> in, std::uint64_t bytes)
        : m_in(std::move(in))
        , m_bytes(bytes)
    {}

    std::unique_ptr<std::istream> m_in;
    std::uint64_t m_bytes;
    std::uint64_t m_bytesRead = 0;
    std::string m_chunk;
};

} // namespace farthing
