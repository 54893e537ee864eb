// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/bodies/BodyBytes.h"
#include "core/bodies/BodyCipher.h"

#include <string>

namespace farthing {

/// One body on its way to the disk.
struct KeptBody
{
    KeptBody(BodyBudget &budget, std::size_t most)
        : bytes(budget, most)
    {}
    BodyBytes bytes;
    std::string contentType;
    std::string contentEncoding;
};

/// What went to the upstream for one call, and what came back.
struct KeptBodies
{
    KeptBodies(BodyBudget &budget, std::size_t most)
        : request(budget, most)
        , reply(budget, most)
    {}
    [[nodiscard]] const KeptBody &of(BodySide side) const
    {
        return side == BodySide::Request ? request : reply;
    }

    Uuid event;
    Timestamp time;
    std::string workflow;
    KeptBody request;
    KeptBody reply;
};

} // namespace farthing
