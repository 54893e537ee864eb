// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/Time.h"

#include <algorithm>
#include <charconv>
#include <optional>

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

std::optional<Timestamp> readRfc3339(std::string_view text)
{
    std::size_t at = 0;
    const int y = takeNumber(text, at, 4);
    const bool dash1 = take(text, at, '-');
    const int mo = takeNumber(text, at, 2);
    const bool dash2 = take(text, at, '-');
    const int d = takeNumber(text, at, 2);
    if (y < 0 || mo < 0 || d < 0 || !dash1 || !dash2)
        return std::nullopt;
    const year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
    if (!date.ok())
        return std::nullopt;
    const Timestamp midnight = sys_days(date);
    if (at == text.size())
        return midnight;
    if (!take(text, at, 'T') && !take(text, at, 't') && !take(text, at, ' '))
        return std::nullopt;
    const int h = takeNumber(text, at, 2);
    const bool colon1 = take(text, at, ':');
    const int mi = takeNumber(text, at, 2);
    const bool colon2 = take(text, at, ':');
    const int s = takeNumber(text, at, 2);
    int micros = 0;
    minutes offset(0);
    if (!colon1 || !colon2 || h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 60 ||
        !takeFraction(text, at, micros) || !takeOffset(text, at, offset) || at != text.size())
        return std::nullopt;
    const Timestamp utc = midnight + hours(h) + minutes(mi) + seconds(s) + Micros(micros) - offset;
    const year utcYear = year_month_day(floor<days>(utc)).year();
    if (utcYear < year(0) || utcYear > year(9999))
        return std::nullopt;
    return utc;
}

/// With zeros in front, up to `width` digits.
void appendPadded(std::string &out, std::int64_t value, int width)
{
    char digits[20];
    const char *const end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out.append(static_cast<std::size_t>(std::max<std::ptrdiff_t>(width - (end - digits), 0)), '0');
    out.append(digits, static_cast<std::size_t>(end - digits));
}

} // namespace

void appendRfc3339(std::string &out, Timestamp t)
{
    const auto day = floor<days>(t);
    const year_month_day date(day);
    const hh_mm_ss clock(t - day);
    appendPadded(out, static_cast<int>(date.year()), 4);
    out.push_back('-');
    appendPadded(out, static_cast<unsigned>(date.month()), 2);
    out.push_back('-');
    appendPadded(out, static_cast<unsigned>(date.day()), 2);
    out.push_back('T');
    appendPadded(out, clock.hours().count(), 2);
    out.push_back(':');
    appendPadded(out, clock.minutes().count(), 2);
    out.push_back(':');
    appendPadded(out, clock.seconds().count(), 2);
    out.push_back('.');
    appendPadded(out, clock.subseconds().count(), 6);
    out.push_back('Z');
}

std::string formatRfc3339(Timestamp t)
{
    std::string text;
    appendRfc3339(text, t);
    return text;
}

Result<Timestamp> parseRfc3339(std::string_view text)
{
    if (const auto moment = readRfc3339(text))
        return *moment;
    return Error{"'" + std::string(text) + "' is not an RFC 3339 time such as 2026-11-23T09:30:00Z"};
}

Timestamp SystemClock::now() const
{
    return time_point_cast<Micros>(system_clock::now());
}

} // namespace farthing
