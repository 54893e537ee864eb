// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

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

/// Gives an event that came from outside its ids and checks them: a missing event_id is derived from the time
/// and `content`, a given one must be a version 7 id of the event's time.
Result<void> settleIds(CostEvent &event, std::string_view content);

} // namespace farthing
