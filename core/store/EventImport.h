// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <filesystem>
#include <memory>
#include <span>

namespace farthing {

struct ImportCount
{
    std::uint64_t written = 0;
    std::uint64_t alreadyThere = 0; ///< their ids are in the store, and they are left as they are
    std::uint64_t grown = 0;        ///< were there with less output, and were replaced
};

/// Writes events straight into the store, beside a proxy that may be serving. All that is added up to a
/// `commit` is written by it or, where anything fails or the object goes first, not at all. Between the first
/// `add` and the `commit` nobody else can write; the proxy keeps its events in the journal meanwhile.
class EventImport
{
public:
    /// What becomes of an event that is there already: it stays as it is, or the same with more output tokens
    /// takes its place.
    enum class Same { Stays, Grows };
    /// Creates or migrates the database.
    static Result<std::unique_ptr<EventImport>> open(const std::filesystem::path &database,
                                                     Same same = Same::Stays);
    virtual ~EventImport() = default;
    EventImport(const EventImport &) = delete;
    EventImport &operator=(const EventImport &) = delete;

    /// Older ones are refused, see Horizon: an error of add().
    [[nodiscard]] virtual Timestamp keptSince() const = 0;
    virtual Result<void> add(std::span<const CostEvent> events) = 0;
    /// The events that were added since the last one.
    virtual Result<ImportCount> commit() = 0;

protected:
    EventImport() = default;
};

/// The same in one call.
Result<ImportCount> writeEvents(const std::filesystem::path &database, std::span<const CostEvent> events);

} // namespace farthing
