// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/SpanAttributes.h"

#include "core/providers/WireText.h"

#include <charconv>
#include <cmath>

namespace farthing {

namespace {

constexpr std::size_t longestText = 256;
/// Beyond it a double skips whole numbers.
constexpr double mostExact = 9007199254740992.0;

} // namespace

std::string textOf(std::string_view text)
{
    return cleanText(text, longestText);
}

std::string textOf(const AttributeValue *value)
{
    if (value == nullptr)
        return {};
    if (const auto *const text = std::get_if<std::string_view>(value))
        return textOf(*text);
    if (const auto *const number = std::get_if<std::int64_t>(value))
        return std::to_string(*number);
    return {};
}

std::optional<std::int64_t> countOf(const AttributeValue &value)
{
    std::optional<std::int64_t> count;
    if (const auto *const number = std::get_if<std::int64_t>(&value))
        count = *number;
    else if (const auto *const real = std::get_if<double>(&value)) {
        if (*real >= 0 && *real <= mostExact && std::trunc(*real) == *real)
            count = static_cast<std::int64_t>(*real);
    } else if (const auto *const text = std::get_if<std::string_view>(&value)) {
        std::int64_t parsed = 0;
        const char *const end = text->data() + text->size();
        if (const auto [rest, error] = std::from_chars(text->data(), end, parsed);
            error == std::errc() && rest == end && !text->empty())
            count = parsed;
    }
    return count && *count >= 0 ? count : std::nullopt;
}

std::optional<std::int64_t> countOf(const AttributeValue *value)
{
    return value == nullptr ? std::nullopt : countOf(*value);
}

std::optional<double> realOf(const AttributeValue *value)
{
    if (value == nullptr)
        return std::nullopt;
    if (const auto *const real = std::get_if<double>(value))
        return *real;
    if (const auto *const number = std::get_if<std::int64_t>(value))
        return static_cast<double>(*number);
    return std::nullopt;
}

bool flagOf(const AttributeValue *value)
{
    const auto *const flag = value == nullptr ? nullptr : std::get_if<bool>(value);
    return flag != nullptr && *flag;
}

std::string hexOf(std::string_view bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text.push_back(digits[byte >> 4]);
        text.push_back(digits[byte & 15]);
    }
    return text;
}

} // namespace farthing
