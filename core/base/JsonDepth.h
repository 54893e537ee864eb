// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace farthing {

/// Deeper than this no reply, event or request nests. Libraries write and copy JSON by recursion, so that
/// whoever may send any depth could end the program.
constexpr int deepestJson = 64;

/// Where brackets first nest deeper than that; nothing where they never do. Looks at brackets outside of
/// strings alone and says nothing about whether the text is JSON.
std::optional<std::size_t> tooDeepAt(std::string_view json, int deepest = deepestJson);

} // namespace farthing
