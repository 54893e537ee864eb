// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Decimal.h"

#include <charconv>
#include <limits>
#include <string>

namespace farthing {

namespace {

struct Digits
{
    std::string text; ///< no leading zeros
    int exponent = 0; ///< value = text * 10^exponent
    bool negative = false;
};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool readDigits(std::string_view s, Digits &out)
{
    std::size_t i = 0;
    if (i < s.size() && (s[i] == '-' || s[i] == '+'))
        out.negative = s[i++] == '-';
    bool any = false;
    bool point = false;
    for (; i < s.size() && (isDigit(s[i]) || (s[i] == '.' && !point)); ++i) {
        if (s[i] == '.') {
            point = true;
            continue;
        }
        any = true;
        out.exponent -= point ? 1 : 0;
        if (s[i] != '0' || !out.text.empty())
            out.text.push_back(s[i]);
    }
    if (!any)
        return false;
    if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
        ++i;
        if (i < s.size() && s[i] == '+')
            ++i;
        int exponent = 0;
        const auto [end, error] = std::from_chars(s.data() + i, s.data() + s.size(), exponent);
        if (error != std::errc() || end != s.data() + s.size() || exponent > 1000 || exponent < -1000)
            return false;
        out.exponent += exponent;
        return true;
    }
    return i == s.size();
}

} // namespace

ScaledDecimal parseScaledDecimal(std::string_view text, int scale10)
{
    Digits digits;
    if (!readDigits(text, digits))
        return {DecimalStatus::Malformed, 0};
    int exponent = digits.exponent + scale10;
    while (exponent < 0 && !digits.text.empty() && digits.text.back() == '0') {
        digits.text.pop_back();
        ++exponent;
    }
    std::string dropped;
    if (exponent < 0) {
        const auto cut = std::min(digits.text.size(), static_cast<std::size_t>(-exponent));
        dropped = std::string(static_cast<std::size_t>(-exponent) - cut, '0') +
                  digits.text.substr(digits.text.size() - cut);
        digits.text.resize(digits.text.size() - cut);
        exponent = 0;
    }
    if (digits.text.empty())
        digits.text = "0";
    else if (exponent > 19)
        return {DecimalStatus::OutOfRange, 0};
    else
        digits.text.append(static_cast<std::size_t>(exponent), '0');
    std::int64_t value = 0;
    const char *const end = digits.text.data() + digits.text.size();
    if (std::from_chars(digits.text.data(), end, value).ec != std::errc())
        return {DecimalStatus::OutOfRange, 0};

    const bool inexact = dropped.find_first_not_of('0') != std::string::npos;
    if (inexact) {
        const bool half = dropped[0] == '5' && dropped.find_first_not_of('0', 1) == std::string::npos;
        if (dropped[0] > '5' || (dropped[0] == '5' && !half) || (half && value % 2 != 0)) {
            if (value == std::numeric_limits<std::int64_t>::max())
                return {DecimalStatus::OutOfRange, 0};
            ++value;
        }
    }
    return {inexact ? DecimalStatus::Inexact : DecimalStatus::Ok, digits.negative ? -value : value};
}

void appendScaledDecimal(std::string &out, std::int64_t value, int places)
{
    std::uint64_t magnitude = static_cast<std::uint64_t>(value);
    if (value < 0) {
        out.push_back('-');
        magnitude = 0 - magnitude;
    }
    char digits[20];
    const char *const end = std::to_chars(digits, digits + sizeof digits, magnitude).ptr;
    const auto count = static_cast<int>(end - digits);
    const auto whole = static_cast<std::size_t>(std::max(count - places, 0));
    if (whole == 0)
        out.push_back('0');
    out.append(digits, whole);
    const std::size_t point = out.size();
    out.push_back('.');
    out.append(static_cast<std::size_t>(std::max(places - count, 0)), '0');
    out.append(digits + whole, static_cast<std::size_t>(end - digits) - whole);
    while (out.back() == '0')
        out.pop_back();
    if (out.size() == point + 1)
        out.pop_back();
}

} // namespace farthing
