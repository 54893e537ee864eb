// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/pricing/PriceBook.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace farthing {

/// What happened to one field of one model's price between two books.
struct PriceChange
{
    enum class Kind : std::uint8_t { Added, Removed, Changed };

    Kind kind = Kind::Changed;
    std::string provider;
    std::string model;
    std::optional<Timestamp> validFrom; ///< of the entry
    std::string field; ///< the key in prices.json, for instance "input" or "flex.output"; empty where a whole
                       ///< entry came or went
    std::string before; ///< as prices.json writes it; empty where there was none
    std::string after;

    bool operator==(const PriceChange &) const = default;
};

/// An entry that a model has from a new date on is compared with the one that held before. Every difference
/// that changes what something costs, or which name finds it; sorted by provider, model, date, field. Sources
/// are not compared.
std::vector<PriceChange> diffPrices(const PriceBook &before, const PriceBook &after);

} // namespace farthing
