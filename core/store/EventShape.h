// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/EventRow.h"

#include <array>
#include <string>
#include <string_view>

namespace farthing {

/// What many events have in common: all texts but user, session and error, and what else takes few values.
/// The table `shapes` numbers them and a row holds the number, so a workflow's calls pay for it once.
struct EventShape
{
    std::array<std::int64_t, textColumnCount> texts{}; ///< numbers of strings
    std::int32_t attempt = 1;
    std::int32_t status = 0;
    std::int64_t ruleVersion = 0;
    Tier tier = Tier::Pass;
    CacheKind cache = CacheKind::None;
    UsageSource usageSource = UsageSource::None;
    bool stream = false;
    bool batch = false;
    bool priced = false;

    static constexpr bool holds(TextColumn column)
    {
        return column != TextColumn::User && column != TextColumn::Session && column != TextColumn::Error;
    }
    /// All but the texts.
    static EventShape of(const CostEvent &event);
    void putInto(EventRow &row) const;

    void encode(std::string &out) const;
    static bool decode(std::string_view body, EventShape &shape);
};

} // namespace farthing
