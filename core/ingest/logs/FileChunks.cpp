// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/FileChunks.h"

#include <filesystem>
#include <fstream>

namespace farthing {

namespace {

constexpr std::size_t chunkBytes = std::size_t(1) << 16;
constexpr std::string_view byteOrderMark = "\xef\xbb\xbf";

} // namespace

Result<FileChunks> FileChunks::open(const std::string &name)
{
    const std::string path = name == "-" ? "/dev/stdin" : name;
    auto in = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (!*in)
        return Error{"cannot be opened"};
    std::error_code unknown;
    const bool isFile = std::filesystem::is_regular_file(path, unknown);
    const std::uint64_t bytes = isFile ? std::filesystem::file_size(path, unknown) : 0;
    return FileChunks(std::move(in), unknown ? 0 : bytes);
}

std::string_view FileChunks::next()
{
    const bool isFirst = m_bytesRead == 0;
    m_chunk.resize(chunkBytes);
    m_in->read(m_chunk.data(), static_cast<std::streamsize>(m_chunk.size()));
    m_chunk.resize(static_cast<std::size_t>(m_in->gcount()));
    m_bytesRead += m_chunk.size();
    std::string_view chunk = m_chunk;
    if (isFirst && chunk.starts_with(byteOrderMark))
        chunk.remove_prefix(byteOrderMark.size());
    return chunk;
}

Result<void> FileChunks::atEnd() const
{
    return m_in->bad() ? Result<void>(Error{"cannot be read to its end"}) : Result<void>();
}

} // namespace farthing
