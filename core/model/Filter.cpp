// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/Filter.h"

#include "core/base/Time.h"
#include "core/model/Names.h"

namespace farthing {

namespace {

constexpr std::array<std::string_view, dimensionCount> names = {
    "workflow", "user",  "feature", "model",  "provider", "session", "endpoint",
    "status",   "cache", "tier",    "client", "day",      "hour"};

bool isNumber(std::string_view text, std::size_t digits)
{
    return text.size() == digits && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What a dimension with few possible values expects, where `value` is none of them; otherwise nothing.
std::string_view expectedFor(Dimension dimension, std::string_view value)
{
    switch (dimension) {
    case Dimension::Status:
        return isNumber(value, 3) ? "" : "an HTTP status such as 429";
    case Dimension::Cache:
        return cacheKindOf(value) ? "" : "none, exact, semantic or coalesced";
    case Dimension::Tier:
        return tierOf(value) ? "" : "pass, fast, full or batch";
    case Dimension::Day:
        return parseRfc3339(value) ? "" : "a day such as 2026-11-23";
    case Dimension::Hour:
        return parseRfc3339(value) || (value.size() == 17 && value.ends_with('Z') &&
                                       parseRfc3339(std::string(value.substr(0, 16)) + ":00Z"))
                   ? ""
                   : "an hour such as 2026-11-23T21:00Z";
    default:
        return "";
    }
}

std::vector<std::string> splitValues(std::string_view text)
{
    std::vector<std::string> values(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
            values.back().push_back(text[++i]);
        else if (text[i] == ',')
            values.emplace_back();
        else
            values.back().push_back(text[i]);
    }
    return values;
}

} // namespace

std::string_view nameOf(Dimension dimension)
{
    return names[static_cast<std::size_t>(dimension)];
}

std::optional<Dimension> dimensionOf(std::string_view name)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name)
            return static_cast<Dimension>(i);
    return std::nullopt;
}

Result<DimensionFilter> parseDimensionFilter(std::string_view text)
{
    const auto equals = text.find('=');
    const bool exclude = equals != std::string_view::npos && equals > 0 && text[equals - 1] == '!';
    const auto dimension =
        dimensionOf(text.substr(0, equals == std::string_view::npos ? 0 : equals - (exclude ? 1 : 0)));
    if (!dimension)
        return Error{"expected dimension=value with one of workflow, user, feature, model, provider, "
                     "session, endpoint, "
                     "status, cache, tier, client, day, hour",
                     "'" + std::string(text) + "'"};
    DimensionFilter filter{*dimension, splitValues(text.substr(equals + 1)), exclude};
    for (const std::string &value : filter.values)
        if (const auto expected = expectedFor(*dimension, value); !expected.empty())
            return Error{"'" + value + "' is not " + std::string(expected), "'" + std::string(text) + "'"};
    return filter;
}

} // namespace farthing
