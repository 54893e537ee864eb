// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// What events can be filtered and grouped by.
enum class Dimension : std::uint8_t {
    Workflow,
    User,
    Feature,
    Model,
    Provider,
    Session,
    Endpoint,
    Status,
    Cache,
    Tier,
    Client,
    Day,
    Hour
};
constexpr std::size_t dimensionCount = 13;

/// "workflow", "user", … as in `--by` and `--filter`. Model is CostEvent::model().
std::string_view nameOf(Dimension dimension);
std::optional<Dimension> dimensionOf(std::string_view name);

/// Half-open, UTC. An absent end is unbounded.
struct TimeRange
{
    std::optional<Timestamp> since;
    std::optional<Timestamp> until;
    bool operator==(const TimeRange &) const = default;
};

/// One dimension's condition: any of `values`, or none of them where `exclude`.
struct DimensionFilter
{
    Dimension dimension = Dimension::Workflow;
    std::vector<std::string> values;
    bool exclude = false;
    bool operator==(const DimensionFilter &) const = default;
};

/// What the filter bar, `farthingctl --filter` and every query mean by "these events".
struct EventFilter
{
    TimeRange range;
    std::vector<DimensionFilter> dimensions;
    bool operator==(const EventFilter &) const = default;
};

/// Reads "workflow=summarise", "user=a,b" or "model!=gpt-4o" (backslash escapes a comma) into a condition.
Result<DimensionFilter> parseDimensionFilter(std::string_view text);

} // namespace farthing
