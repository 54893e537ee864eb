// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/model/Filter.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What QueryService is asked and answers.
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
    bool operator==(const Aggregate &) const = default;
};

/// What distributions are known of: tokens, nano-USD or microseconds of each request that has them.
enum class EventMeasure : std::uint8_t { Tokens, Cost, Latency, TimeToFirstToken, Overhead };
inline constexpr std::array allEventMeasures = {EventMeasure::Tokens, EventMeasure::Cost,
                                                EventMeasure::Latency, EventMeasure::TimeToFirstToken,
                                                EventMeasure::Overhead};

struct GroupQuery
{
    std::vector<Dimension> by; ///< one or two
    EventFilter filter;
    std::size_t top = 0; ///< so many groups, of those that cost most; 0 for all
    /// Of what percentiles are wanted; those of others are 0. The fewer they are, the less there is to read.
    std::vector<EventMeasure> percentiles = {allEventMeasures.begin(), allEventMeasures.end()};
    bool withPrevious = false; ///< also what was in the period of the same length before
};

struct GroupRow
{
    std::string key; ///< the dimension's value; "2026-11-23" for day, "2026-11-23T21:00Z" for hour
    Aggregate total;
    std::string second = {}; ///< value in the second dimension
    std::optional<Aggregate> previous = {};
};

struct GroupResult
{
    std::vector<GroupRow> rows; ///< by cost, highest first; days and hours in order of time
    Aggregate total;
    std::size_t groups = 0;            ///< how many there are, shown or not
    std::optional<Aggregate> others;   ///< all that are not among the rows, if any
    std::optional<Aggregate> previous; ///< in all; absent where not all of it is kept
    /// The range that this is about, where it is not the one that was asked for: of a time whose events are
    /// no longer kept, sums by the hour, of users by the quarter of a day, are left, or none.
    std::optional<TimeRange> instead;
};

/// What was spent in each of a number of stretches of time, by value of a dimension.
struct CostOverTime
{
    std::vector<Timestamp> edges;     ///< of the stretches, one more than these; see wallClockEdges()
    std::optional<TimeRange> instead; ///< as GroupResult's; then each edge before is moved likewise
    Micros length{0};                 ///< of a stretch on the wall clock
    /// One a key that was asked for, in that order, then one for all other values; a sum for each stretch.
    std::vector<std::vector<Money>> series;

    [[nodiscard]] std::size_t stretches() const { return edges.empty() ? 0 : edges.size() - 1; }
};

/// How many requests lie in each of a number of ranges of a measure.
struct EventHistogram
{
    struct Bin
    {
        std::int64_t from = 0;
        std::int64_t until = 0; ///< half-open
        std::int64_t count = 0;
        bool operator==(const Bin &) const = default;
    };
    std::vector<Bin> bins; ///< each a fixed factor wide, without gaps between the first and the last
    std::optional<TimeRange> instead; ///< as GroupResult's
};

/// How spend is shared out: the first point is the one that costs most, each further one adds those that cost
/// less, the last is all of them.
struct SpendCurve
{
    struct Point
    {
        std::int64_t items = 0; ///< requests, or values of a dimension
        Money cost;             ///< theirs together
        bool operator==(const Point &) const = default;
    };
    std::vector<Point> points;
    std::optional<TimeRange> instead; ///< as GroupResult's

    /// The share of the spend, 0 to 1, that is due to this share of the items.
    [[nodiscard]] double costOfTop(double share) const;
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
    std::optional<Timestamp> eventsSince; ///< older events are no longer kept
    std::optional<Timestamp> sumsSince;   ///< nor their sums
};

} // namespace farthing
