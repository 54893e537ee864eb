// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <optional>
#include <string>

namespace farthing {

/// Published prices, copied by hand as nano-USD a token (1 USD a million tokens is 1,000), with tenths where
/// needed.
struct HandPrices
{
    double input = 0;
    double cached = 0;
    double write5m = 0;
    double output = 0;
    double audio = 0;
    double search = 0; ///< USD a thousand
};

/// A model whose cost differs from what @pydantic/genai-prices computes, and why.
struct Difference
{
    std::string provider;
    std::string model;       ///< the one that answered; empty: any
    std::string serviceTier; ///< as reported; empty: any
    bool readAndWritten;     ///< only replies that report more cached tokens than input
    std::string reason;
    std::optional<HandPrices> prices; ///< what the cost must come to; empty where it stays unpriced
};

/// Null where costs must be equal.
const Difference *differenceFor(const CostEvent &event);

/// What the usage comes to, in nano-USD.
std::int64_t byHand(const HandPrices &prices, const TokenUsage &usage);

} // namespace farthing
