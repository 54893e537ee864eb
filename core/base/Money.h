// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Decimal.h"
#include "core/base/Result.h"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace farthing {

/// An amount in integer nano-dollars (1e-9 USD). Sums of events stay exact: 2^63 nano-dollars are 9.2 billion
/// USD.
class Money
{
public:
    constexpr Money() = default;
    static constexpr Money fromNanoUsd(std::int64_t nano) { return Money(nano); }
    /// Reads a plain or exponent decimal such as "0.0042", "-3" or "1.5e-7"; more than nine places are
    /// rounded half to even.
    static Result<Money> parseUsd(std::string_view text);

    [[nodiscard]] constexpr std::int64_t nanoUsd() const { return m_nano; }
    /// Plain decimal USD, no exponent, no trailing zeros: "0.004200001", "-3", "0".
    [[nodiscard]] std::string toUsdString() const;
    void appendUsd(std::string &out) const { appendScaledDecimal(out, m_nano, 9); }

    constexpr auto operator<=>(const Money &) const = default;
    constexpr Money operator+(Money o) const { return Money(m_nano + o.m_nano); }
    constexpr Money operator-(Money o) const { return Money(m_nano - o.m_nano); }
    constexpr Money operator-() const { return Money(-m_nano); }
    constexpr Money &operator+=(Money o)
    {
        m_nano += o.m_nano;
        return *this;
    }

private:
    constexpr explicit Money(std::int64_t nano)
        : m_nano(nano)
    {}
    std::int64_t m_nano = 0;
};

/// A price per token (or per call) in integer pico-dollars (1e-12 USD): 1 USD per million tokens is
/// 1,000,000.
using PicoUsd = std::int64_t;

/// Reads a decimal USD amount as pico-dollars, exactly; fails where it has more than twelve places
/// behind the point. `scale10` moves the point first: -6 turns "USD per million tokens" into USD per token.
Result<PicoUsd> parsePicoUsd(std::string_view text, int scale10 = 0);

} // namespace farthing
