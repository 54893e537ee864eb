// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/Format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <limits>

namespace farthing::format {

namespace {

const QLocale &plain()
{
    static const QLocale locale = QLocale::c();
    return locale;
}

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Format)
};

QString grouped(std::int64_t value)
{
    // QLocale::c() groups by default from Qt's point of view only when asked to.
    static const QLocale locale = [] {
        QLocale l(QLocale::English, QLocale::UnitedStates);
        l.setNumberOptions(QLocale::DefaultNumberOptions);
        return l;
    }();
    return locale.toString(static_cast<qlonglong>(value));
}

/// Decimal places that tell amounts of this size apart, in few steps so that columns stay calm.
int placesFor(std::int64_t nano)
{
    if (nano >= 999'500'000'000)
        return 0;
    if (nano >= 995'000'000)
        return 2;
    if (nano >= 99'950'000)
        return 3;
    if (nano >= 950'000)
        return 4;
    return nano >= 950 ? 6 : 9;
}

} // namespace

QString money(Money amount)
{
    const std::int64_t nano = amount.nanoUsd();
    if (nano == 0)
        return QStringLiteral("$0");
    const QString sign = nano < 0 ? QStringLiteral("−$") : QStringLiteral("$");
    const std::int64_t size = nano < 0 ? -nano : nano;
    const int places = placesFor(size);
    std::int64_t scale = 1;
    for (int i = 0; i < places; ++i)
        scale *= 10;
    const std::int64_t unit = 1'000'000'000 / scale;
    const std::int64_t rounded = size / unit + (size % unit * 2 >= unit ? 1 : 0);
    if (places == 0)
        return sign + grouped(rounded);
    return sign + grouped(rounded / scale) + '.' +
           QString::number(rounded % scale).rightJustified(places, '0');
}

QString exactMoney(Money amount)
{
    const std::string usd = amount.toUsdString();
    return usd.starts_with('-') ? QStringLiteral("−$") + text(usd).mid(1) : '$' + text(usd);
}

QString count(std::int64_t value)
{
    return grouped(value);
}

int plural(std::int64_t value)
{
    return static_cast<int>(std::clamp<std::int64_t>(value, 0, std::numeric_limits<int>::max()));
}

QString shortCount(std::int64_t value)
{
    // Three digits after rounding: 99.95 is "100", not "100.0".
    const auto number = [](double v) { return plain().toString(v, 'f', v < 9.995 ? 2 : v < 99.95 ? 1 : 0); };
    if (value < 10'000)
        return grouped(value);
    if (value < 999'500)
        return number(static_cast<double>(value) / 1e3) + QStringLiteral(" k");
    if (value < 999'500'000)
        return number(static_cast<double>(value) / 1e6) + QStringLiteral(" M");
    return number(static_cast<double>(value) / 1e9) + QStringLiteral(" G");
}

QString percent(std::int64_t part, std::int64_t whole)
{
    if (whole <= 0)
        return QStringLiteral("—");
    const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
    if (share > 0 && share < 0.05)
        return QStringLiteral("<0.1 %");
    return plain().toString(share, 'f', 1) + QStringLiteral(" %");
}

QString duration(std::int64_t microseconds)
{
    if (microseconds < 0)
        return QStringLiteral("—");
    const auto us = static_cast<double>(microseconds);
    if (us < 9'950)
        return plain().toString(us / 1e3, 'f', 2) + QStringLiteral(" ms");
    if (us < 999'500)
        return plain().toString(us / 1e3, 'f', 0) + QStringLiteral(" ms");
    if (us < 9'995'000)
        return plain().toString(us / 1e6, 'f', 2) + QStringLiteral(" s");
    if (us < 119'500'000)
        return plain().toString(us / 1e6, 'f', 1) + QStringLiteral(" s");
    const std::int64_t seconds = (microseconds + 500'000) / 1'000'000;
    return Text::tr("%1 min %2 s").arg(seconds / 60).arg(seconds % 60);
}

QString bytes(std::uint64_t value)
{
    return plain().formattedDataSize(static_cast<qint64>(value), value < 10'000'000 ? 1 : 0,
                                     QLocale::DataSizeSIFormat);
}

QString ago(std::int64_t microseconds)
{
    if (microseconds < 1'000)
        return Text::tr("now");
    const std::int64_t ms = microseconds / 1'000;
    if (ms < 1'000)
        return Text::tr("%1 ms ago").arg(ms);
    const std::int64_t s = ms / 1'000;
    if (s < 120)
        return Text::tr("%1 s ago").arg(s);
    if (s < 7'200)
        return Text::tr("%1 min ago").arg(s / 60);
    if (s < 172'800)
        return Text::tr("%1 h ago").arg(s / 3'600);
    return Text::tr("%1 d ago").arg(s / 86'400);
}

QString timeLeft(std::int64_t microseconds)
{
    const std::int64_t s = (std::max<std::int64_t>(microseconds, 0) + 500'000) / 1'000'000;
    if (s < 120)
        return Text::tr("%1 s left").arg(s);
    if (s < 7'200)
        return Text::tr("%1 min left").arg((s + 30) / 60);
    return Text::tr("%1 h %2 min left").arg(s / 3'600).arg(s % 3'600 / 60);
}

QString localTime(Timestamp time)
{
    return plain().toString(QDateTime::fromMSecsSinceEpoch(toMicros(time) / 1'000), u"MMM dd HH:mm:ss");
}

QString exactTime(Timestamp time)
{
    return plain().toString(QDateTime::fromMSecsSinceEpoch(toMicros(time) / 1'000),
                            u"yyyy-MM-dd HH:mm:ss.zzz t");
}

QString statusText(int status)
{
    switch (status) {
    case 200:
        return Text::tr("OK");
    case 400:
        return Text::tr("bad request");
    case 401:
        return Text::tr("key refused");
    case 403:
        return Text::tr("forbidden");
    case 404:
        return Text::tr("not found");
    case 413:
        return Text::tr("too large");
    case 429:
        return Text::tr("rate limited");
    case status::clientClosed:
        return Text::tr("client hung up");
    case 500:
        return Text::tr("server error");
    case 502:
        return Text::tr("upstream unreachable");
    case 503:
        return Text::tr("unavailable");
    case 504:
        return Text::tr("timed out");
    case 529:
        return Text::tr("overloaded");
    case status::proxyDied:
        return Text::tr("proxy died");
    case status::upstreamBroke:
        return Text::tr("upstream broke off");
    default:
        return {};
    }
}

QString buttonText(QString text)
{
    return text.replace('&', QStringLiteral("&&"));
}

QString elided(const QString &text, int most)
{
    return text.size() > most ? text.left(most - 1) + QStringLiteral("…") : text;
}

QString orDash(const QString &value)
{
    return value.isEmpty() ? QStringLiteral("—") : value;
}

} // namespace farthing::format
