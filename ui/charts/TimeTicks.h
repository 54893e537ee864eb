// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Time.h"

#include <QList>
#include <QString>

namespace farthing {

/// A moment that a person would name on an axis of time.
struct TimeTick
{
    Timestamp at;
    QString text; ///< "14:30", at midnight "Nov 23", or "Mon 23" where the axis is a few days long
};

/// The ticks of an axis, fewer than `most`: whole minutes, hours, days or weeks of the local clock. Qt Charts
/// would cut the axis into equal parts.
QList<TimeTick> timeTicks(Timestamp from, Timestamp to, int most);

/// "Nov 22 10:00", with the day of the end where it is another, with seconds where there are any: a stretch
/// of time.
QString timeSpanText(Timestamp from, Timestamp to);

} // namespace farthing
