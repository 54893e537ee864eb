// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <bitset>
#include <span>
#include <string>
#include <string_view>

namespace farthing {

/// One column of an exported event: how it reads as text and how text sets it.
struct EventField
{
    std::string_view name;
    enum class Kind { Text, Integer, Decimal, Flag } kind;
    std::string (*get)(const CostEvent &);
    /// False where the text is not of the field's form.
    bool (*set)(CostEvent &, std::string_view);
};

/// All columns in their order; event_id, call_id and time first set what later ones need.
std::span<const EventField> eventFields();
/// Null where no column has that name. Also knows user_id and model, as applications' own callbacks call
/// them.
const EventField *eventField(std::string_view name);

/// The columns that an event from outside came with, by their place in eventFields().
using GivenFields = std::bitset<64>;
void markGiven(GivenFields &given, const EventField &field);

/// Completes an event that came from outside, and checks it. Where it was not given, `status` is 200,
/// `priced` says whether there is a cost, tokens count as the provider's own, and the ids are derived from
/// the time and `content`. The error is at the column that is wrong: a time that is missing or outside of
/// 1970 to 2254, an event_id that is not the version 7 id of the time as Farthing makes it, parts above their
/// whole, a cost where `priced` is 0 or none where it is 1, figures that no call has.
Result<void> settleEvent(CostEvent &event, GivenFields given, std::string_view content);

} // namespace farthing
