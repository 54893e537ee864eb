// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace farthing {

/// Appends a cell as RFC 4180 writes it. A guarded one that a spreadsheet would run as a formula (OWASP, CSV
/// injection) gets a leading apostrophe, and so does one that begins with an apostrophe, so that it can be
/// undone.
void appendCsvCell(std::string &out, std::string_view text, bool guarded);
/// Makes what was appended to `out` from `begin` on a guarded cell.
void guardCsvCell(std::string &out, std::size_t begin);
/// Whether appendCsvCell would put an apostrophe before it.
bool needsCsvGuard(std::string_view text);

} // namespace farthing
