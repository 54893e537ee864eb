// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace farthing {

/// Buffers of requests that are over, for those to come: the pages of a new one cost more than to fill them.
/// A few are kept, and none that is small or very large. On the event loop's thread alone.
class BodyBuffers
{
public:
    /// Empty, with room for `bytes`, and, where it is a kept one, for no more than twice as many.
    std::string take(std::size_t bytes);
    void giveBack(std::string buffer);
    [[nodiscard]] std::size_t kept() const { return m_bytes; } ///< bytes

    static constexpr std::size_t leastKept = std::size_t(128) * 1024;     ///< bytes of one
    static constexpr std::size_t mostKept = std::size_t(8) * 1024 * 1024; ///< bytes of all

private:
    std::vector<std::string> m_kept;
    std::size_t m_bytes = 0;
};

} // namespace farthing
