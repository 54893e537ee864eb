// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Money.h"

#include "core/base/Utf8.h"

namespace farthing {

namespace {

Error badAmount(std::string_view text, DecimalStatus status, int places)
{
    const std::string reason = status == DecimalStatus::Malformed ? "is not a decimal amount in USD"
                               : status == DecimalStatus::OutOfRange
                                   ? "is too large"
                                   : "has more than " + std::to_string(places) + " decimal places";
    return {"'" + excerpt(text) + "' " + reason};
}

} // namespace

Result<Money> Money::parseUsd(std::string_view text)
{
    const ScaledDecimal decimal = parseScaledDecimal(text, 9);
    if (decimal.status == DecimalStatus::Malformed || decimal.status == DecimalStatus::OutOfRange)
        return badAmount(text, decimal.status, 9);
    return Money(decimal.value);
}

std::string Money::toUsdString() const
{
    std::string text;
    appendUsd(text);
    return text;
}

Result<PicoUsd> parsePicoUsd(std::string_view text, int scale10)
{
    const ScaledDecimal decimal = parseScaledDecimal(text, 12 + scale10);
    if (decimal.status != DecimalStatus::Ok)
        return badAmount(text, decimal.status, 12 + scale10);
    return decimal.value;
}

} // namespace farthing
