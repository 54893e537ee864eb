// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/retention/Horizon.h"

#include "core/store/Database.h"
#include "core/store/EventRow.h"
#include "core/store/rollup/RollupCube.h"

#include <algorithm>

namespace farthing {

Result<Horizon> Horizon::of(Database &database)
{
    auto state = database.prepare(
        "SELECT events_from, sums_from, (SELECT id FROM rollups WHERE id >= ? AND id < ? ORDER BY id LIMIT 1)"
        " FROM state");
    if (!state)
        return state.error();
    constexpr auto cube = RollupCube::AllByHour;
    constexpr std::int64_t length = lengthOf(cube).count() * idsPerMicrosecond;
    constexpr auto nextCube = static_cast<RollupCube>(static_cast<std::int64_t>(cube) + 1);
    state->bind(1, RollupPlace{cube, 0, 0}.firstId());
    state->bind(2, RollupPlace{nextCube, 0, 0}.firstId());
    if (state->step() != Statement::Step::Row)
        return database.lastError();
    Horizon horizon;
    horizon.m_events = state->integer(0);
    horizon.m_sums = state->integer(1);
    horizon.m_first = horizon.m_events;
    if (!state->isNull(2))
        horizon.m_first =
            std::clamp(RollupPlace::bucketOf(state->integer(2)) * length, horizon.m_sums, horizon.m_events);
    return horizon;
}

Horizon::Told Horizon::told(RowRange asked, Micros stretch) const
{
    Told told{Told::How::AsAsked, asked};
    if (asked.from >= m_events || !hasSumsAlone())
        return told;
    if (stretch == Micros(0)) {
        if (asked.until > m_first)
            told.how = Told::How::Not;
        return told;
    }
    const std::int64_t length = stretch.count() * idsPerMicrosecond;
    const auto edge = [&](std::int64_t id) {
        return id >= m_events ? id : std::max(id / length * length, m_sums);
    };
    told.range = {edge(std::max(asked.from, m_first)), edge(asked.until)};
    // What lies before the first event is as asked, unless something was there once.
    const bool sameStart = asked.from <= m_first ? m_sums == 0 || asked.from == 0 || asked.from >= m_sums
                                                 : told.range.from == asked.from;
    if (!sameStart || (told.range.until != asked.until && asked.until > m_first))
        told.how = Told::How::Otherwise;
    return told;
}

} // namespace farthing
