// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"
#include "core/model/Filter.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace farthing {

/// Sums and percentiles over a set of events. Money in nano-USD, tokens, microseconds.
struct Aggregate
{
    std::int64_t requests = 0;
    std::int64_t failed = 0; ///< events that delivered nothing
    std::int64_t unpriced = 0;
    std::int64_t estimated = 0;
    TokenUsage usage;
    Money cost;
    Money failedCost;
    Money listCost;
    Savings savings;
    std::int64_t cacheHits = 0;      ///< response cache
    Money costP50, costP95, costP99; ///< per request, nearest rank; of many events within 0.8 %
    std::int64_t tokensP50 = 0, tokensP95 = 0, tokensP99 = 0;
    std::int64_t latencyP50Us = 0, latencyP95Us = 0, latencyP99Us = 0;
    std::int64_t ttftP50Us = 0, ttftP95Us = 0;
    std::int64_t overheadP50Us = 0, overheadP95Us = 0;

    /// No cost is known: not $0.
    [[nodiscard]] bool nothingPriced() const { return requests > 0 && unpriced == requests; }
};

struct GroupRow
{
    std::string key; ///< the dimension's value; "2026-11-23" for day, "2026-11-23T21:00Z" for hour
    Aggregate total;
};

struct GroupResult
{
    std::vector<GroupRow> rows; ///< by cost, highest first; days and hours in order of time
    Aggregate total;
};

/// What was spent in each of a number of stretches of time, by value of a dimension.
struct CostOverTime
{
    std::vector<Timestamp> edges; ///< of the stretches, one more than these; see wallClockEdges()
    Micros length{0};             ///< of a stretch on the wall clock
    /// One a key that was asked for, in that order, then one for all other values; a sum for each stretch.
    std::vector<std::vector<Money>> series;

    [[nodiscard]] std::size_t stretches() const { return edges.empty() ? 0 : edges.size() - 1; }
};

/// A page of events, newest first or most expensive first, with the place to go on from.
enum class EventOrder : std::uint8_t { NewestFirst, MostExpensiveFirst };
struct EventPage
{
    std::vector<CostEvent> events;
    std::optional<std::string> next; ///< opaque; absent at the end
};

struct StoreSummary
{
    std::uint64_t events = 0;
    std::uint64_t unpriced = 0;
    std::int64_t sequence = 0;       ///< counts what was ever written: new events, and changes of those there
    std::uint64_t databaseBytes = 0; ///< with the write-ahead log
    std::optional<Timestamp> first;
    std::optional<Timestamp> last;
};

/// Answers questions on a read-only connection. One object per thread; a query sees one consistent snapshot
/// and can be cancelled from another thread through the flag it was given.
class QueryService
{
public:
    static Result<std::unique_ptr<QueryService>> open(const std::filesystem::path &database);
    virtual ~QueryService() = default;
    QueryService(const QueryService &) = delete;
    QueryService &operator=(const QueryService &) = delete;

    using Cancel = std::atomic<bool>;
    /// What is asked while the returned object lives is answered from one snapshot.
    [[nodiscard]] virtual std::shared_ptr<void> holdSnapshot() { return {}; }
    virtual Result<GroupResult> groupBy(Dimension dimension, const EventFilter &filter,
                                        const Cancel *cancel = nullptr) = 0;
    /// At most `most` stretches of a round length that cover the range; an open end is where events begin or
    /// end.
    virtual Result<CostOverTime> costOverTime(Dimension dimension, const std::vector<std::string> &keys,
                                              const EventFilter &filter, std::size_t most,
                                              const Cancel *cancel = nullptr) = 0;
    virtual Result<EventPage> events(const EventFilter &filter, EventOrder order, std::size_t limit,
                                     const std::optional<std::string> &from = {},
                                     const Cancel *cancel = nullptr) = 0;
    /// Events written after `sequence` (absent: from now on), oldest first: what a live view polls. An event
    /// that was there and has changed, as when it is repriced, comes again.
    struct Tail
    {
        std::vector<CostEvent> events;
        std::int64_t sequence = 0; ///< to go on from
        bool gap =
            false; ///< the reader is too far behind, or this is another store: there is more than these
    };
    virtual Result<Tail> newerThan(std::optional<std::int64_t> sequence, std::size_t limit) = 0;
    virtual Result<std::optional<CostEvent>> event(const Uuid &id) = 0;
    virtual Result<StoreSummary> summary() = 0;
    /// Distinct values of a dimension, most frequent first: for type-ahead.
    virtual Result<std::vector<std::string>> values(Dimension dimension, std::string_view prefix,
                                                    std::size_t limit) = 0;
    struct Visited
    {
        std::uint64_t events = 0;
        std::uint64_t damaged = 0; ///< of them; what lies beside their rows could not be read, and is missing
    };
    /// Calls `visit` for every event in order of time, with constant memory; a visitor that returns false
    /// stops it.
    virtual Result<Visited> forEach(const EventFilter &filter,
                                    const std::function<bool(const CostEvent &)> &visit,
                                    const Cancel *cancel = nullptr) = 0;

protected:
    QueryService() = default;
};

} // namespace farthing
