// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/EventFields.h"
#include "core/pricing/PriceBook.h"

#include <string>

/// What holds for every call that others metered, whichever way it came.
namespace farthing {

/// ASCII alone.
std::string lowerCase(std::string text);
/// What Farthing calls the upstream that OpenTelemetry, LiteLLM and others call by that name of a provider.
std::string upstreamOfProvider(std::string name);

/// Fills what a sender leaves out because it follows from the rest: a call is a chat, the model that answered
/// is the one that was asked for, tokens that were given are the provider's own, and an error without a
/// status is a 500.
void completeForeignCall(CostEvent &event, GivenFields &given);

/// Fills what is known of a call that others metered. A cost that its sender gives stays, with "sender" for a
/// price version, and has a list cost where the book comes to the same cost; others are priced by the book.
/// Who delivered something and does not say what it consumed is unpriced.
void priceIngested(CostEvent &event, const PriceBook &book);

} // namespace farthing
