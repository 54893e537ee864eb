// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/JsonDepth.h"

namespace farthing {

std::optional<std::size_t> tooDeepAt(std::string_view json, int deepest)
{
    int depth = 0;
    bool inString = false;
    for (std::size_t at = 0; at < json.size(); ++at) {
        const char c = json[at];
        if (inString) {
            at += c == '\\' ? 1 : 0;
            inString = c != '"';
        } else if (c == '"') {
            inString = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest)
                return at;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return std::nullopt;
}

} // namespace farthing
