// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace farthing {

/// An event's texts that a row holds as numbers of `strings`.
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
    Client,
    ServiceTier,
    ListModel,
    PriceVersion,
    Instance
};
constexpr std::size_t textColumnCount = 15;

/// What a row says in numbers of other tables, and where it lies.
struct RowNumbers
{
    std::int64_t idLow = 0; ///< lower 64 bits of the event's id
    std::int64_t shape = 0;
    std::array<std::int64_t, textColumnCount> texts{};
    Micros moved{0}; ///< how much later the row lies than its event
};

/// One row of `events` as numbers: what a scan groups and filters without ever making a string.
struct EventRow : RowNumbers
{
    std::int64_t id = 0;
    bool startsCall = true; ///< the call's id is the event's own
    CostEvent event;        ///< everything but the texts, the event's id and what lies in `details`

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
/// others' rows lie behind it, at most this far, and say by how much.
constexpr Micros mostMoved = std::chrono::milliseconds(10);

/// The lower 64 bits of an event id; with the time they are the whole id.
std::int64_t lowBits(const Uuid &id);
Uuid eventIdOf(Timestamp time, std::int64_t lowBits);

/// The column `row` of `events`: the lower bits of the id, the shape's number, then the figures that are not
/// what most are, in as many bytes as they need. Of the texts only those that no shape holds.
void encodeRow(const CostEvent &event, const RowNumbers &numbers, std::string &out);
/// The lower bits of the id alone; 0 where the bytes are not a row.
std::int64_t idLowOfRow(std::string_view bytes);
/// The shape's number alone; -1 where the bytes are not a row.
std::int64_t shapeOfRow(std::string_view bytes);
/// False where the bytes are not a row. The shape is not yet put into it.
bool decodeRow(std::string_view bytes, EventRow &row);

} // namespace farthing
