// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"
#include "core/model/RowCounts.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// The columns of an exported event, in their fixed order.
std::span<const std::string_view> eventColumns();

/// Appends the header line, or one event's line (RFC 4180, CRLF). Cells that a spreadsheet would run as a
/// formula are neutralised with a leading apostrophe.
void appendCsvHeader(std::string &out);
void appendCsvRow(std::string &out, const CostEvent &event);

/// One event as a JSON object with the same names; `withDetails` adds what lies beside the row.
std::string toJson(const CostEvent &event, bool withDetails);

/// Reads what appendCsvRow wrote, and any CSV with those column names in any order, fed in pieces. An error
/// names the line and the column. Missing columns take their defaults; a missing event_id is derived, see
/// settleEvent(). Cells beyond 32 KiB and rows beyond 1 MiB are refused, and not held meanwhile.
class EventCsvReader
{
public:
    /// Asked about each row that cannot be read: true leaves it out and goes on. A bad header line always
    /// ends the reading.
    using OnBadRow = std::function<bool(const Error &)>;

    explicit EventCsvReader(OnBadRow onBadRow = {});
    ~EventCsvReader();
    EventCsvReader(const EventCsvReader &) = delete;
    EventCsvReader &operator=(const EventCsvReader &) = delete;

    /// Appends the events that `chunk` completes.
    Result<void> feed(std::string_view chunk, std::vector<CostEvent> &out);
    Result<void> finish(std::vector<CostEvent> &out);

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Reads one JSON object with the event's names, as `import` takes it, at most 64 levels deep; it holds a
/// time or an event_id. `rows` counts the rows of one file, for ids to be derived.
Result<CostEvent> eventFromJson(std::string_view json, RowCounts *rows = nullptr);

} // namespace farthing
