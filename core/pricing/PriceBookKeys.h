// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/pricing/PriceBook.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The spelling of prices.json, for both directions and for the difference between two books.
namespace farthing::pricekeys {

/// USD per million tokens each.
constexpr std::array<std::pair<std::string_view, std::optional<PicoUsd> Rates::*>, 9> rates{{
    {"input", &Rates::input},
    {"cached_input", &Rates::cachedInput},
    {"cache_write_5m", &Rates::cacheWrite5m},
    {"cache_write_1h", &Rates::cacheWrite1h},
    {"output", &Rates::output},
    {"reasoning", &Rates::reasoning},
    {"input_audio", &Rates::inputAudio},
    {"cached_input_audio", &Rates::cachedInputAudio},
    {"output_audio", &Rates::outputAudio},
}};

constexpr int perMillion = -6; ///< parsePicoUsd's scale for the rates
constexpr PicoUsd highestPrice =
    1'000'000'000'000; ///< a dollar a token, or a call: anything above is a mistake of unit

/// "2.5" for 2,500,000 pico-dollars a token.
std::string perMillionText(PicoUsd pico);
/// "0.01" for 10,000,000,000 pico-dollars a call.
std::string perCallText(PicoUsd pico);
/// "0.5" for 500.
std::string factorText(std::int32_t permille);

} // namespace farthing::pricekeys
