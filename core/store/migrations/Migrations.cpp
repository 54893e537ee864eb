// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/migrations/Migrations.h"

namespace farthing {

std::span<const Migration> migrations()
{
    static constexpr Migration all[] = {migration::events, migration::compact, migration::rollups,
                                        migration::horizon};
    return all;
}

} // namespace farthing
