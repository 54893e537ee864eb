// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farthing {

/// Leaves out of JSON that arrives in pieces what makes it large and says nothing of its usage: the numbers
/// of an array that begins with one, such as an embedding's; of a string that looks like Base64 or a data URL
/// of it, such as an image's, all but its first 1,024 bytes; of several blanks between tokens all but one.
/// What is kept of JSON is JSON. Constant memory.
class JsonThinner
{
public:
    /// Calls `onKept(std::string_view)` for each run of what is kept of `chunk`.
    template <class OnKept>
    void feed(std::string_view chunk, OnKept onKept)
    {
        while (!chunk.empty())
            if (const std::string_view kept = takeRun(chunk); !kept.empty())
                onKept(kept);
    }

private:
    enum class Place : std::uint8_t { Between, ArrayBegins, Numbers, String, Base64 };

    std::string_view takeRun(std::string_view &chunk);
    bool mayGoOn(char c);
    void readBetween(char c);
    void readString(char c);
    void dropNumbers(std::string_view &chunk);
    std::string_view dropBase64(std::string_view &chunk);

    Place m_place = Place::Between;
    std::size_t m_stringBytes = 0; ///< so far
    bool m_isBase64 = false;       ///< the string so far
    bool m_escaped = false;
    bool m_afterBlank = false;
};

} // namespace farthing
