// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/ingest/logs/EventSource.h"
#include "core/ingest/logs/FileChunks.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Who reads the rows of a file, whatever form it has. The place of an error within a row is what is wrong in
/// it.
struct FileRowReader
{
    std::function<Result<void>(std::string_view json)> json;
    std::function<Result<void>(std::vector<std::string> &names)> header;
    std::function<Result<void>(std::vector<std::string> &cells)> cells;
    /// After each piece of the file, and at its end.
    std::function<Result<void>()> piece;
};

/// What one row may take, in bytes: those of others hold prompts and replies.
constexpr std::size_t longestForeignRow = std::size_t(16) << 20;

/// Reads a file of JSON (an array, lines, or pages with an array `data`) or of CSV to its end. Errors name
/// the line or the element.
Result<void> readRows(FileChunks &file, const FileRowReader &reader, const EventSource::OnBadRow &onBadRow);

} // namespace farthing
