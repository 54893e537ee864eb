// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

namespace farthing {

/// The steps from an empty file to the present schema, in order; step n brings `user_version` to n. A
/// released step is never changed, only followed by another.
std::span<const char *const> migrations();

namespace migration {
extern const char *const events; ///< 1: events, their details, strings, state
}

} // namespace farthing
