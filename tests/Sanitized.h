// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace farthing {

/// Built with a sanitizer: ten to thirty times slower, with memory of the sanitizer's own, and ended by it
/// where a signal would have.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool isSanitized = true;
#else
inline constexpr bool isSanitized = false;
#endif

/// How often a test does a thing that it does `many` times. The sanitizers look at what the code touches,
/// which a tenth of the rounds touches as well.
constexpr int rounds(int many)
{
    return isSanitized ? many / 10 : many;
}

} // namespace farthing
