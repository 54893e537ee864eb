// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// Cuts JSON that arrives in pieces into its objects: an array's elements, as Gemini streams without
/// `alt=sse`, or one object after the other, as Ollama does. An object above the size limit is dropped.
class JsonSplitter
{
public:
    enum class Objects : std::uint8_t { OneAfterTheOther, InAnArray };

    explicit JsonSplitter(Objects objects, std::size_t maxElementBytes = std::size_t{32} << 20)
        : m_between(objects == Objects::InAnArray ? 1 : 0)
        , m_maxBytes(maxElementBytes)
    {}

    /// Calls `onElement(std::string_view)` for each object that `chunk` completes.
    template <class OnElement>
    void feed(std::string_view chunk, OnElement onElement)
    {
        std::string_view element;
        while (takeElement(chunk, element)) {
            onElement(element);
            m_held.clear();
        }
    }

    /// True once the array's closing bracket has been seen.
    [[nodiscard]] bool closed() const { return m_closed; }

private:
    bool takeElement(std::string_view &chunk, std::string_view &element);
    void keep(std::string_view piece);

    std::size_t m_between; ///< the depth between objects
    std::size_t m_maxBytes;
    std::string m_held;
    std::size_t m_depth = 0; ///< of brackets and braces
    bool m_inString = false;
    bool m_escaped = false;
    bool m_tooLarge = false;
    bool m_closed = false;
};

} // namespace farthing
