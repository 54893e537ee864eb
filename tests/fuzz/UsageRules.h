// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/TokenUsage.h"
#include "tests/fuzz/Pieces.h"

namespace farthing {

/// What holds of every usage, whatever the provider said.
inline void requireConsistent(const TokenUsage &u)
{
    for (const std::int64_t count : {u.cachedInput, u.cacheWrite5m, u.cacheWrite1h, u.inputAudio, u.reasoning,
                                     u.outputAudio, u.serverToolCalls})
        require(count >= 0);
    require(u.cachedInput + u.cacheWrite5m + u.cacheWrite1h <= u.input && u.inputAudio <= u.input);
    require(u.reasoning + u.outputAudio <= u.output);
}

} // namespace farthing
