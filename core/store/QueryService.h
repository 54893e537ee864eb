// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/store/EventQuestions.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace farthing {

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
    virtual Result<GroupResult> groups(const GroupQuery &query, const Cancel *cancel = nullptr) = 0;
    Result<GroupResult> groupBy(Dimension dimension, const EventFilter &filter,
                                const Cancel *cancel = nullptr)
    {
        return groups({.by = {dimension}, .filter = filter}, cancel);
    }
    /// At most `most` stretches of a round length that cover the range; an open end is where events begin or
    /// end.
    virtual Result<CostOverTime> costOverTime(Dimension dimension, const std::vector<std::string> &keys,
                                              const EventFilter &filter, std::size_t most,
                                              const Cancel *cancel = nullptr) = 0;
    /// At most `most` bins. Exact where there are few events, else counts near a bin's edge may be in the
    /// next.
    virtual Result<EventHistogram> histogram(EventMeasure measure, const EventFilter &filter,
                                             std::size_t most, const Cancel *cancel = nullptr) = 0;
    /// Of requests, or of the values of a dimension. Those of requests lie within 0.8 % where there are many.
    virtual Result<SpendCurve> spendCurve(std::optional<Dimension> of, const EventFilter &filter,
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
    /// All of an event, or its row alone, without what lies beside it.
    enum class Parts { All, Row };
    /// Calls `visit` for every event in order of time, with constant memory; a visitor that returns false
    /// stops it.
    virtual Result<Visited> forEach(const EventFilter &filter,
                                    const std::function<bool(const CostEvent &)> &visit,
                                    const Cancel *cancel = nullptr, Parts parts = Parts::All) = 0;

protected:
    QueryService() = default;
};

} // namespace farthing
