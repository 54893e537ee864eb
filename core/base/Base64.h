// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace farthing {

/// The bytes of a Base64 text, padded or not (RFC 4648 section 4); empty where it is none.
std::string base64Decoded(std::string_view text);

} // namespace farthing
