// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/EventIntake.h"

#include "core/ingest/ForeignCall.h"

namespace farthing {

Result<bool> EventIntake::append(std::span<const CostEvent> events, bool repeatable) const
{
    auto taken = m_tools.journal->appendAll(events);
    if (!taken || *taken || !repeatable || events.size() < 2)
        return taken;
    const std::size_t half = events.size() / 2;
    auto first = append(events.first(half), true);
    return first && *first ? append(events.subspan(half), true) : first;
}

Result<void> EventIntake::checkKept(const CostEvent &event) const
{
    if (!m_tools.keptSince || event.time >= *m_tools.keptSince)
        return {};
    return Error{formatRfc3339(event.time) + " is before " + formatRfc3339(*m_tools.keptSince) +
                     ", since when events are kept ('keep_events_days')",
                 "time"};
}

EventIntake::Recording EventIntake::record(std::span<CostEvent> events, const IngestRequest &request,
                                           bool repeatable) const
{
    if (m_tools.journal == nullptr)
        return {Taken::NotNow, m_tools.journalError};
    if (events.empty())
        return {};
    for (CostEvent &event : events) {
        if (request.mask)
            request.mask(event);
        priceIngested(event, *m_tools.prices);
    }
    const auto taken = append(events, repeatable);
    if (!taken)
        return {Taken::NotNow, taken.error().toString()};
    if (!*taken)
        return {Taken::TooMany, std::to_string(events.size()) +
                                    " events at once are more than the journal takes; send fewer"};
    m_tools.counters.events += events.size();
    return {};
}

} // namespace farthing
