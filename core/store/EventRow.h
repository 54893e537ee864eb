// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

namespace farthing {

/// The columns of `events` whose values are numbers of `strings`.
enum class TextColumn : std::uint8_t {
    Provider,
    Endpoint,
    Workflow,
    Feature,
    User,
    Session,
    RequestModel,
    SentModel,
    ResponseModel,
    Error,
    Client
};
constexpr std::size_t textColumnCount = 11;

/// One row of `events` as numbers: what a scan groups and filters without ever making a string.
struct EventRow
{
    std::int64_t id = 0;
    std::int64_t idLow = 0;
    std::array<std::int64_t, textColumnCount> texts{};
    CostEvent event; ///< everything but the texts, the ids and what lies in `details`

    [[nodiscard]] std::int64_t text(TextColumn column) const
    {
        return texts[static_cast<std::size_t>(column)];
    }
    /// As CostEvent::model().
    [[nodiscard]] std::int64_t model() const
    {
        for (const TextColumn column : {TextColumn::ResponseModel, TextColumn::SentModel})
            if (text(column) != 0)
                return text(column);
        return text(TextColumn::RequestModel);
    }
};

/// The event's text member behind a column.
std::string &textOf(CostEvent &event, TextColumn column);
const std::string &textOf(const CostEvent &event, TextColumn column);

/// Row ids: the instant times this, plus a counter.
constexpr std::int64_t idsPerMicrosecond = 1024;
/// Saturates: before 1970 and after the year 2260 there are no rows.
constexpr std::int64_t firstRowIdAt(Timestamp t)
{
    constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max() / idsPerMicrosecond - 1000;
    return std::clamp<std::int64_t>(toMicros(t), 0, last) * idsPerMicrosecond;
}
constexpr Timestamp timeOfRowId(std::int64_t id)
{
    return fromMicros(id / idsPerMicrosecond);
}

/// A microsecond holds 1,024 rows. Logs with coarse times have more events than that at one instant: the
/// others' rows lie behind it, at most this far, and their details tell their true time.
constexpr Micros mostMoved = std::chrono::milliseconds(10);

/// The lower 64 bits of an event id; with the time they are the whole id.
std::int64_t lowBits(const Uuid &id);
Uuid eventIdOf(Timestamp time, std::int64_t lowBits);

/// "id, id_low, …": the columns in the order that bindRow and readRow use, from parameter 1 and column 0.
extern const std::string_view eventRowColumns;
constexpr int eventRowColumnCount = 41;

class Statement;
void bindRow(Statement &statement, const EventRow &row);
void readRow(const Statement &statement, EventRow &row);

} // namespace farthing
