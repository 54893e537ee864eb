// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// A fuzz input whose first bytes choose how the rest is used.
class FuzzInput
{
public:
    FuzzInput(const std::uint8_t *data, std::size_t size)
        : m_rest(reinterpret_cast<const char *>(data), size)
    {}

    std::size_t choice()
    {
        if (m_rest.empty())
            return 0;
        const auto first = static_cast<unsigned char>(m_rest.front());
        m_rest.remove_prefix(1);
        return first;
    }
    [[nodiscard]] std::string_view rest() const { return m_rest; }

private:
    std::string_view m_rest;
};

/// Calls `feed` with pieces of `size` bytes, each in memory of its own: a view kept across pieces is then a
/// bug that the address sanitizer sees.
template <class Feed>
void feedInPieces(std::string_view text, std::size_t size, Feed feed)
{
    for (std::size_t at = 0; at < text.size(); at += size) {
        const std::string piece(text.substr(at, size));
        feed(std::string_view(piece));
    }
}

inline void require(bool condition)
{
    if (!condition)
        __builtin_trap();
}
