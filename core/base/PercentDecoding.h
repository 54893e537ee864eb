// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace farthing {

/// "%41" as "A" (RFC 3986 section 2.1); a '%' without two hex digits behind it stays as it is.
std::string percentDecoded(std::string_view text);

} // namespace farthing
