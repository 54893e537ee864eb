// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"

#include <QString>

#include <vector>

namespace farthing {

/// A recorded call as an event that is ready to be priced.
struct WireCall
{
    QString id;
    CostEvent event;
};

/// Reads the manifest of recorded replies: those of services that can be an upstream, with usage. Tokens,
/// parts and searches come from the manifest, only the service tier from the reply itself. Empty where there
/// is no manifest.
std::vector<WireCall> readWireCalls();

} // namespace farthing
