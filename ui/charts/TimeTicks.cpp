// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/TimeTicks.h"

#include "core/base/LocalTime.h"

#include <QDateTime>
#include <QLocale>

namespace farthing {

namespace {

using namespace std::chrono_literals;

QDateTime local(Timestamp t)
{
    return QDateTime::fromMSecsSinceEpoch(toMicros(t) / 1000);
}

QString tickText(const QDateTime &moment, Micros axis)
{
    if (moment.time() == QTime(0, 0))
        return QLocale::c().toString(moment, axis <= 9 * 24h     ? u"ddd d"
                                             : axis <= 300 * 24h ? u"MMM d"
                                                                 : u"MMM yyyy");
    return QLocale::c().toString(moment, axis <= 10min ? u"HH:mm:ss" : u"HH:mm");
}

} // namespace

QList<TimeTick> timeTicks(Timestamp from, Timestamp to, int most)
{
    static constexpr Micros steps[] = {1s, 5s, 15s, 30s, 1min,    5min,    15min,    30min,    1h,      2h,
                                       3h, 6h, 12h, 24h, 2 * 24h, 7 * 24h, 14 * 24h, 28 * 24h, 91 * 24h};
    Micros step = 364 * 24h;
    for (const Micros each : steps)
        if ((to - from) / each < most) {
            step = each;
            break;
        }
    QList<TimeTick> ticks;
    for (const Timestamp at : wallClockEdges(from, to, step))
        if (at >= from && at <= to)
            ticks.append({at, tickText(local(at), to - from)});
    return ticks;
}

QString timeSpanText(Timestamp from, Timestamp to)
{
    const QDateTime begin = local(from);
    const QDateTime end = local(to);
    const bool seconds = begin.time().second() != 0 || end.time().second() != 0;
    const QString time = seconds ? QStringLiteral("HH:mm:ss") : QStringLiteral("HH:mm");
    const bool days = begin.time() == QTime(0, 0) && end.time() == QTime(0, 0);
    const bool sameDay = begin.date() == end.date() || (days && begin.date().addDays(1) == end.date());
    const QString first = QLocale::c().toString(begin, days ? QStringLiteral("MMM d") : "MMM d " + time);
    if (days && sameDay)
        return first;
    const QDateTime shownEnd = days ? end.addDays(-1) : end;
    return first + QStringLiteral(" – ") +
           QLocale::c().toString(shownEnd, days      ? QStringLiteral("MMM d")
                                           : sameDay ? time
                                                     : "MMM d " + time);
}

} // namespace farthing
