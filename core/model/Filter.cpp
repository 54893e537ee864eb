// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/Filter.h"

namespace farthing {

namespace {

constexpr std::array<std::string_view, dimensionCount> names = {
    "workflow", "user",  "feature", "model",  "provider", "session", "endpoint",
    "status",   "cache", "tier",    "client", "day",      "hour"};

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
    return DimensionFilter{*dimension, splitValues(text.substr(equals + 1)), exclude};
}

} // namespace farthing
