// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "core/providers/RequestFacts.h"
#include "core/proxy/HeaderList.h"

#include <string_view>

namespace farthing {

/// Fills workflow, feature, user, session, free tags and client of an event. Each comes from the first place
/// that has it: Farthing's own header, then the path, then the headers of Helicone, LiteLLM and Portkey
/// clients, W3C baggage (https://www.w3.org/TR/baggage/, values percent-decoded) and trace context, then the
/// body. A call without a workflow is "untagged". Headers are UTF-8, or else ISO 8859-1.
void readTags(CostEvent &event, const HeaderList &headers, std::string_view workflowOfPath,
              const RequestFacts &body);

} // namespace farthing
