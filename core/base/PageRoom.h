// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"

#include <filesystem>

namespace farthing {

/// Whether the file system of `folder` takes a page that is written to a mapped file, as SQLite does with the
/// index of its log. Where pages are written in place it always does. One that writes each to a new place
/// (btrfs, bcachefs) answers with SIGBUS when it is full, and SQLite can neither ask nor survive it: there,
/// near its end, a page is tried.
Result<void> takesMappedPages(const std::filesystem::path &folder);

} // namespace farthing
