// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/config/DataDir.h"
#include "core/providers/RequestFacts.h"

namespace farthing {

/// The secret that hashes of prompts are keyed with.
struct Secret
{
    AnatomyKey key{};
    bool kept = true; ///< false where a new one has not reached the disk

    /// Only a missing one is made. One that cannot be read stays as it is: the hashes of this run then
    /// compare with no others.
    static Result<Secret> load(const DataDir &dir);
    Result<void> keep(const DataDir &dir) const;
};

} // namespace farthing
