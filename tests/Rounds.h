// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace farthing {

/// How often a test does a thing that it does `many` times. The sanitizers look at what the code touches,
/// which a tenth of the rounds touches as well, and are ten to thirty times slower.
constexpr int rounds(int many)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return many / 10;
#else
    return many;
#endif
}

} // namespace farthing
