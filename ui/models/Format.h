// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Money.h"
#include "core/base/Time.h"
#include "core/model/CostEvent.h"

#include <QString>

#include <optional>

/// How figures read on screen. Numbers keep one form in every language: "," between thousands, "." before
/// decimals, as in the exported CSV.
namespace farthing::format {

/// "$5,731", "$12.40", "$0.625", "$0.0082", "$0.000031": whole dollars from a thousand on, cents from one on,
/// three places from ten cents on, then four, six and nine. Zero is "$0".
QString money(Money amount);
/// All nine places where they are there, for details: "$0.004200001".
QString exactMoney(Money amount);
QString count(std::int64_t value);
/// A number as tr() takes it to choose between singular and plural.
int plural(std::int64_t value);
/// "812", "12.4 k", "3.21 M": for narrow places.
QString shortCount(std::int64_t value);
/// "41.3 %"; "—" where there is nothing to divide by.
QString percent(std::int64_t part, std::int64_t whole);
/// "0.14 ms", "840 ms", "1.84 s", "2 min 5 s"; "—" where negative.
QString duration(std::int64_t microseconds);
/// "171 MB", in powers of 1,000.
QString bytes(std::uint64_t value);
/// "now", "40 ms ago", "12 s ago", "3 min ago", "2 h ago", "5 d ago".
QString ago(std::int64_t microseconds);
/// "12 s left", "3 min left", "2 h 5 min left".
QString timeLeft(std::int64_t microseconds);
/// In the time zone of the window: "Nov 22 10:27:08".
QString localTime(Timestamp time);
/// With milliseconds and zone.
QString exactTime(Timestamp time);
/// What an HTTP status, or one of farthing::status, means in two or three words.
QString statusText(int status);
inline QString text(std::string_view utf8)
{
    return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}
/// As a button or a menu shows it, where a single & would mark a key.
QString buttonText(QString text);
/// At most so many characters, the last then "…".
QString elided(const QString &text, int most);
/// An empty value of a dimension, as it is shown.
QString orDash(const QString &value);

} // namespace farthing::format
