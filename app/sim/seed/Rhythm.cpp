// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sim/seed/Rhythm.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace farthing::sim {

namespace {

using namespace std::chrono;

/// An office day over two continents: a slow night, a rise from six on, two humps.
constexpr std::array byHour = {0.18, 0.15, 0.14, 0.14, 0.16, 0.24, 0.42, 0.68, 0.92, 1.08, 1.15, 1.10,
                               0.98, 1.06, 1.18, 1.20, 1.12, 0.98, 0.80, 0.62, 0.48, 0.38, 0.30, 0.23};
constexpr double saturday = 0.34;
constexpr double sunday = 0.28;
/// How much more there is at the end than at the beginning.
constexpr double growth = 0.8;

double weightAt(Timestamp t, Timestamp since, Timestamp until)
{
    const auto day = floor<days>(t);
    const weekday week{day};
    const double share = duration<double>(t - since) / duration<double>(until - since);
    return byHour[static_cast<std::size_t>(floor<hours>(t - day).count())] *
           (week == Saturday ? saturday
            : week == Sunday ? sunday
                             : 1.0) *
           (1 + growth * share);
}

} // namespace

Rhythm::Rhythm(Timestamp since, Timestamp until, std::uint64_t calls)
{
    std::vector<double> weights; // up to and with each hour
    double total = 0;
    for (Timestamp begin = since; begin < until;) {
        const Timestamp end = std::min<Timestamp>(floor<hours>(begin) + 1h, until);
        const auto length = duration_cast<Micros>(end - begin);
        total += weightAt(begin, since, until) * duration<double>(length).count();
        m_hours.push_back({begin, length, 0});
        weights.push_back(total);
        begin = end;
    }
    std::uint64_t before = 0;
    for (std::size_t i = 0; i < m_hours.size(); ++i) {
        const auto upTo =
            i + 1 == m_hours.size()
                ? calls
                : static_cast<std::uint64_t>(std::llround(weights[i] / total * static_cast<double>(calls)));
        m_hours[i].calls = upTo - before;
        before = upTo;
    }
    std::erase_if(m_hours, [](const Hour &hour) { return hour.calls == 0; });
}

Timestamp Rhythm::next(double draw)
{
    const Hour &hour = m_hours[m_hour];
    const double place = (static_cast<double>(m_made) + draw) / static_cast<double>(hour.calls) *
                         static_cast<double>(hour.length.count());
    const Timestamp at =
        hour.begin + std::min(Micros(static_cast<std::int64_t>(place)), hour.length - Micros(1));
    if (++m_made == hour.calls && m_hour + 1 < m_hours.size()) {
        ++m_hour;
        m_made = 0;
    }
    return at;
}

} // namespace farthing::sim
