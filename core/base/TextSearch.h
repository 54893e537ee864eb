// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstring>
#include <string_view>

namespace farthing {

/// As std::string_view::find, which stops at each occurrence of the first character: a text that is full of
/// those would make it slow.
inline std::size_t findText(std::string_view text, std::string_view what, std::size_t from = 0)
{
    if (from >= text.size())
        return std::string_view::npos;
    const void *const found = ::memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return found == nullptr ? std::string_view::npos
                            : static_cast<std::size_t>(static_cast<const char *>(found) - text.data());
}

inline bool containsText(std::string_view text, std::string_view what)
{
    return findText(text, what) != std::string_view::npos;
}

/// Without the blanks at its beginning and end.
inline std::string_view trimmed(std::string_view text, std::string_view blanks = " \t")
{
    const auto begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

} // namespace farthing
