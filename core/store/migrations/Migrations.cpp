// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/migrations/Migrations.h"

namespace farthing {

std::span<const char *const> migrations()
{
    static const char *const all[] = {migration::events};
    return all;
}

} // namespace farthing
