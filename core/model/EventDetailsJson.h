// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/CostEvent.h"

#include <nlohmann/json.hpp>

namespace farthing {

/// What lies beside an event's row, as the member `details` of its JSON. Hashes of the prompt's anatomy stay
/// in the store: they mean nothing without this installation's secret.
nlohmann::ordered_json detailsToJson(const CostEvent &event);

/// Sets what detailsToJson wrote; members that are missing or null leave the event as it is. `details` is no
/// deeper than deepestJson. The error names the member.
Result<void> readDetails(const nlohmann::ordered_json &details, CostEvent &event);

} // namespace farthing
