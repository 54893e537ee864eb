// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace farthing {

/// What `encoded` stands for (RFC 4648 section 4), up to its padding; empty where it is no base64.
std::string decodedBase64(std::string_view encoded);

} // namespace farthing
