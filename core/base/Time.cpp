// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Time.h"

#include <cstdio>

namespace farthing {

namespace {

using namespace std::chrono;

/// Reads exactly `count` digits at `at` and moves past them; -1 where there are none.
int takeNumber(std::string_view text, std::size_t &at, std::size_t count)
{
    if (at + count > text.size())
        return -1;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const char c = text[at + i];
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    at += count;
    return value;
}

bool take(std::string_view text, std::size_t &at, char wanted)
{
    if (at >= text.size() || text[at] != wanted)
        return false;
    ++at;
    return true;
}

bool takeFraction(std::string_view text, std::size_t &at, int &micros)
{
    micros = 0;
    if (!take(text, at, '.'))
        return true;
    int digits = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits)
        if (digits < 6)
            micros = micros * 10 + (text[at] - '0');
    for (int i = digits; i < 6; ++i)
        micros *= 10;
    return digits > 0 && digits <= 9;
}

bool takeOffset(std::string_view text, std::size_t &at, minutes &offset)
{
    if (take(text, at, 'Z') || take(text, at, 'z')) {
        offset = minutes(0);
        return true;
    }
    const bool negative = at < text.size() && text[at] == '-';
    if (!take(text, at, '+') && !take(text, at, '-'))
        return false;
    const int h = takeNumber(text, at, 2);
    const bool colon = take(text, at, ':');
    const int m = takeNumber(text, at, 2);
    offset = minutes((negative ? -1 : 1) * (h * 60 + m));
    return colon && h >= 0 && h < 24 && m >= 0 && m < 60;
}

} // namespace

std::string formatRfc3339(Timestamp t)
{
    const auto day = floor<days>(t);
    const year_month_day date(day);
    const hh_mm_ss clock(t - day);
    char text[40];
    const int n = std::snprintf(
        text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text, static_cast<std::size_t>(n)};
}

Result<Timestamp> parseRfc3339(std::string_view text)
{
    const Error bad{"'" + std::string(text) + "' is not an RFC 3339 time such as 2026-11-23T09:30:00Z"};
    std::size_t at = 0;
    const int y = takeNumber(text, at, 4);
    const bool dash1 = take(text, at, '-');
    const int mo = takeNumber(text, at, 2);
    const bool dash2 = take(text, at, '-');
    const int d = takeNumber(text, at, 2);
    if (y < 0 || mo < 0 || d < 0 || !dash1 || !dash2)
        return bad;
    const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
    if (!date.ok())
        return bad;
    const Timestamp midnight = sys_days(date);
    if (at == text.size())
        return midnight;
    if (!take(text, at, 'T') && !take(text, at, 't') && !take(text, at, ' '))
        return bad;
    const int h = takeNumber(text, at, 2);
    const bool colon1 = take(text, at, ':');
    const int mi = takeNumber(text, at, 2);
    const bool colon2 = take(text, at, ':');
    const int s = takeNumber(text, at, 2);
    int micros = 0;
    minutes offset(0);
    if (!colon1 || !colon2 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60 ||
        !takeFraction(text, at, micros) || !takeOffset(text, at, offset) || at != text.size())
        return bad;
    const Timestamp utc = midnight + hours(h) + minutes(mi) + seconds(s) + Micros(micros) - offset;
    const year utcYear = year_month_day(floor<days>(utc)).year();
    if (utcYear < year(0) || utcYear > year(9999))
        return bad;
    return utc;
}

Timestamp SystemClock::now() const
{
    return time_point_cast<Micros>(system_clock::now());
}

} // namespace farthing
