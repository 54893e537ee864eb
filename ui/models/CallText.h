// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/model/CostEvent.h"
#include "ui/delegates/CellDelegate.h"

namespace farthing {

Tone statusTone(int status);
/// What a row has to say beside its figures: streamed, estimated, unpriced, cached, batch.
QList<Badge> badgesOf(const CostEvent &event);
/// "429 rate limited · streamed", for tool tips, details and screen readers.
QString statusLine(const CostEvent &event);

} // namespace farthing
