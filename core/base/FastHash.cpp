// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/FastHash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace farthing {

std::uint64_t fastHash(std::string_view bytes)
{
    return XXH3_64bits(bytes.data(), bytes.size());
}

} // namespace farthing
