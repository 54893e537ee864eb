// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/ingest/logs/TimeFormat.h"

#include "core/base/Decimal.h"
#include "core/base/Utf8.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <utility>

namespace farthing {

namespace {

using namespace std::chrono;

constexpr std::string_view conversions = "YymbBdeHIMSpFDTRaAz%f";
constexpr int microDigits = 6;
constexpr std::size_t longestTime = 128;

/// Where the numbers of each unit end: seconds and milliseconds of the year 5138, microseconds likewise.
constexpr std::int64_t secondsEnd = 100'000'000'000;
constexpr std::int64_t millisecondsEnd = secondsEnd * 1000;
constexpr std::int64_t microsecondsEnd = millisecondsEnd * 1000;

bool isNumber(std::string_view text)
{
    return !text.empty() && text.find_first_not_of("0123456789.") == std::string_view::npos &&
           text.find('-') == std::string_view::npos;
}

/// The microseconds of a number of units of 10^-`places` seconds.
std::optional<std::int64_t> microsOf(std::string_view text, int places)
{
    const ScaledDecimal decimal = parseScaledDecimal(text, microDigits - places);
    const bool isRead = decimal.status == DecimalStatus::Ok || decimal.status == DecimalStatus::Inexact;
    return isRead && decimal.value >= 0 && decimal.value < microsecondsEnd ? std::optional(decimal.value)
                                                                           : std::nullopt;
}

int placesOf(std::string_view number)
{
    const ScaledDecimal whole = parseScaledDecimal(number, 0);
    return whole.value < secondsEnd ? 0 : whole.value < millisecondsEnd ? 3 : microDigits;
}

Error unlike(std::string_view text, std::string_view expected)
{
    return {"'" + excerpt(text) + "' is not " + std::string(expected)};
}

Result<void> checkPattern(std::string_view pattern)
{
    std::string used;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%')
            continue;
        const char conversion = ++i < pattern.size() ? pattern[i] : '\0';
        if (conversion == '\0' || conversions.find(conversion) == std::string_view::npos)
            return Error{"'%" + excerpt(pattern.substr(i, 1)) +
                         "' is no part of a time that can be read here"};
        used.push_back(conversion);
    }
    const auto says = [&used](std::string_view any) { return used.find_first_of(any) != std::string::npos; };
    if (!says("YyFD") || !says("mbBFD") || !says("deFD"))
        return Error{"'" + excerpt(pattern) +
                     "' does not say year, month and day; a pattern is such as '%Y-%m-%d %H:%M:%S'"};
    if (std::ranges::count(used, 'f') > 1)
        return Error{"'" + excerpt(pattern) + "' has %f twice"};
    return {};
}

/// Takes out what %f stands for, and says how many microseconds it is.
std::optional<std::int64_t> takeFraction(std::string &text, std::size_t at)
{
    const auto end = std::min(text.find_first_not_of("0123456789", at), text.size());
    if (end == at || end - at > 9)
        return std::nullopt;
    const auto micros = microsOf("0." + text.substr(at, end - at), 0);
    text.erase(at, end - at);
    return micros;
}

} // namespace

Result<TimeFormat> TimeFormat::of(std::string_view name)
{
    constexpr std::array<std::pair<std::string_view, Kind>, 5> kinds = {{{"auto", Kind::Auto},
                                                                         {"rfc3339", Kind::Rfc3339},
                                                                         {"unix", Kind::Seconds},
                                                                         {"unix-ms", Kind::Milliseconds},
                                                                         {"unix-us", Kind::Microseconds}}};
    TimeFormat format;
    for (const auto &[known, kind] : kinds)
        if (name == known) {
            format.m_kind = kind;
            return format;
        }
    if (name.find('%') == std::string_view::npos)
        return Error{"'" + excerpt(name) +
                     "' is neither auto, rfc3339, unix, unix-ms, unix-us nor a pattern such as "
                     "'%Y-%m-%d %H:%M:%S'"};
    if (auto sound = checkPattern(name); !sound)
        return sound.error();
    format.m_kind = Kind::Pattern;
    format.m_pattern = name;
    for (std::size_t i = 0; i + 1 < format.m_pattern.size(); ++i) {
        if (format.m_pattern[i] != '%')
            continue;
        if (format.m_pattern[++i] != 'f')
            continue;
        format.m_before = format.m_pattern.substr(0, i - 1);
        format.m_pattern.erase(i - 1, 2);
        break;
    }
    return format;
}

Result<Timestamp> TimeFormat::read(std::string_view text) const
{
    if (m_kind == Kind::Pattern)
        return readPattern(text);
    if (m_kind == Kind::Rfc3339 || (m_kind == Kind::Auto && !isNumber(text))) {
        if (const auto time = parseRfc3339(text.substr(0, longestTime)))
            return *time;
        return m_kind == Kind::Rfc3339
                   ? unlike(text, "an RFC 3339 time such as 2026-11-23T09:30:00Z")
                   : unlike(text, "an RFC 3339 time such as 2026-11-23T09:30:00Z, nor a number since 1970; "
                                  "say its --time-format");
    }
    const int places = m_kind == Kind::Seconds        ? 0
                       : m_kind == Kind::Milliseconds ? 3
                       : m_kind == Kind::Microseconds ? microDigits
                                                      : placesOf(text);
    if (const auto micros = isNumber(text) ? microsOf(text, places) : std::nullopt)
        return fromMicros(*micros);
    const std::string_view unit = places == 0 ? "seconds" : places == 3 ? "milliseconds" : "microseconds";
    return unlike(text, "a number of " + std::string(unit) + " since 1970");
}

Result<Timestamp> TimeFormat::readPattern(std::string_view given) const
{
    const Error bad = unlike(given, "a time as --time-format says");
    if (given.size() > longestTime || given.find('\0') != std::string_view::npos)
        return bad;
    std::string text(given);
    std::int64_t micros = 0;
    if (!m_before.empty()) {
        std::tm ahead{};
        const char *const end = ::strptime(text.c_str(), m_before.c_str(), &ahead);
        const auto fraction =
            end == nullptr ? std::nullopt : takeFraction(text, static_cast<std::size_t>(end - text.c_str()));
        if (!fraction)
            return bad;
        micros = *fraction;
    }
    std::tm parts{};
    parts.tm_mday = 0;
    const char *const end = ::strptime(text.c_str(), m_pattern.c_str(), &parts);
    if (end == nullptr || *end != '\0')
        return bad;
    // strptime takes the 31st of any month.
    const year_month_day date{year(parts.tm_year + 1900), month(static_cast<unsigned>(parts.tm_mon + 1)),
                              day(static_cast<unsigned>(parts.tm_mday))};
    if (!date.ok())
        return bad;
    return Timestamp(sys_days(date)) + hours(parts.tm_hour) + minutes(parts.tm_min) + seconds(parts.tm_sec) -
           seconds(parts.tm_gmtoff) + Micros(micros);
}

} // namespace farthing
