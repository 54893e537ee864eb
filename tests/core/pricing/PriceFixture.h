// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/pricing/PriceBook.h"

#include <string>
#include <string_view>

namespace farthing {

/// A price a token from the figure a price list prints, USD per million tokens.
inline PicoUsd perMillion(std::string_view usd)
{
    const Result<PicoUsd> price = parsePicoUsd(usd, -6);
    return price ? *price : -1;
}

inline Timestamp at(std::string_view time)
{
    const Result<Timestamp> parsed = parseRfc3339(time);
    return parsed ? *parsed : Timestamp::min();
}

inline PriceEntry priced(std::string provider, std::string model, std::string_view input,
                         std::string_view output)
{
    PriceEntry entry;
    entry.provider = std::move(provider);
    entry.model = std::move(model);
    entry.standard.input = perMillion(input);
    entry.standard.output = perMillion(output);
    return entry;
}

} // namespace farthing
