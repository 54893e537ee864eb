// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace farthing {

/// The order of the counts in bytes, once for both directions.
template <class Archive, class Usage>
void usageFields(Archive &a, Usage &u)
{
    a.integer(u.input);
    a.integer(u.cachedInput);
    a.integer(u.cacheWrite5m);
    a.integer(u.cacheWrite1h);
    a.integer(u.inputAudio);
    a.integer(u.output);
    a.integer(u.reasoning);
    a.integer(u.outputAudio);
    a.integer(u.serverToolCalls);
}

} // namespace farthing
