// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <filesystem>
#include <span>
#include <unordered_map>

namespace farthing {

/// What tells an event that is sent again from another one under its name.
struct NamedCall
{
    Timestamp time;
    std::string workflow;
    std::string model; ///< as CostEvent::model()
    std::int64_t inputTokens = 0;
    std::int64_t outputTokens = 0;

    static NamedCall of(const CostEvent &event)
    {
        return {event.time, event.workflow, event.model(), event.usage.input, event.usage.output};
    }
    /// Whatever their times are.
    [[nodiscard]] bool isSameAs(const NamedCall &other) const
    {
        return workflow == other.workflow && model == other.model && inputTokens == other.inputTokens &&
               outputTokens == other.outputTokens;
    }
};

/// By the lower 64 bits of event ids, see lowBits().
using NamedCalls = std::unordered_map<std::int64_t, NamedCall>;

/// Those of `idLows` that are in the store, among the events since `since`: for events whose sender names
/// them but does not say when they were. There is no index on ids, so every row since then is looked at: 0.1
/// s for 300,000.
Result<NamedCalls> namedCalls(const std::filesystem::path &database, Timestamp since,
                              std::span<const std::int64_t> idLows);

} // namespace farthing
