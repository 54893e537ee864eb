// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/costliest/CostliestCheck.h"

#include "core/store/RowReader.h"
#include "core/store/costliest/CostliestList.h"
#include "core/store/costliest/CostliestPlace.h"

#include <algorithm>
#include <array>

namespace farthing {

namespace {

/// Compares one list after the other, as the rows come by in order of time.
class Comparison
{
public:
    Comparison(CostliestPlace::Span span, Statement find, RollupVerdict &verdict)
        : m_span(span)
        , m_find(std::move(find))
        , m_verdict(verdict)
    {}

    void add(CostOfRow event)
    {
        const auto place = CostliestPlace::of(m_span, event.id);
        if (!m_place || *m_place != place) {
            finish();
            m_place = place;
            m_find.bind(1, place.id());
            m_list = m_find.step() == Statement::Step::Row
                         ? CostliestList::decode(m_find.bytes(0), place.capacity())
                         : std::nullopt;
            m_find.reset();
        }
        if (m_list && event > m_list->floor())
            m_above.push_back(event);
    }

    void finish()
    {
        if (!m_place)
            return;
        std::ranges::sort(m_above, std::greater());
        ++m_verdict.places;
        if (!m_list || m_list->entries() != m_above)
            m_verdict.addDifference(std::string("the list of the most expensive events of the ") +
                                    (m_span == CostliestPlace::Span::Hour ? "hour" : "day") + " from " +
                                    formatRfc3339(timeOfRowId(m_place->rows().from)) +
                                    (m_list ? " differs from the rows" : " is missing or damaged"));
        m_above.clear();
    }

private:
    CostliestPlace::Span m_span;
    Statement m_find;
    RollupVerdict &m_verdict;
    std::optional<CostliestPlace> m_place;
    std::optional<CostliestList> m_list;
    std::vector<CostOfRow> m_above; ///< rows that it must hold
};

} // namespace

Result<void> verifyCostliest(Database &database, std::int64_t first, RollupVerdict &verdict)
{
    auto rows = RowReader::open(database);
    auto events = database.prepare("SELECT id, row FROM events WHERE id >= ? ORDER BY id");
    if (!rows || !events)
        return database.lastError();
    events->bind(1, first);
    std::vector<Comparison> comparisons;
    for (const auto span : CostliestPlace::spans) {
        auto find = database.prepare("SELECT list FROM costliest WHERE id = ?");
        if (!find)
            return find.error();
        comparisons.emplace_back(span, *std::move(find), verdict);
    }
    EventRow row;
    auto step = events->step();
    for (; step == Statement::Step::Row; step = events->step())
        if (rows->read(database, *events, row))
            for (Comparison &comparison : comparisons)
                comparison.add(CostOfRow::of(row));
    for (Comparison &comparison : comparisons)
        comparison.finish();
    return step == Statement::Step::Failed ? database.lastError() : Result<void>();
}

} // namespace farthing
