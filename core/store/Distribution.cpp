// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Distribution.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace farthing {

void Distribution::add(std::int64_t value)
{
    value = std::max<std::int64_t>(value, 0);
    ++m_count;
    if (m_count <= exactLimit) {
        m_values.push_back(value);
        return;
    }
    for (const std::int64_t earlier : m_values)
        addToBucket(earlier);
    m_values = {};
    addToBucket(value);
}

/// Octave 0 holds 0..127 one by one; octave n the values of n + 7 bits, in 128 steps... each 1/128 of the
/// octave's start.
void Distribution::addToBucket(std::int64_t value)
{
    const auto bits = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(value)));
    const unsigned octave = bits > bucketBits ? bits - bucketBits : 0;
    const unsigned shift = octave > 0 ? octave - 1 : 0;
    const auto step =
        static_cast<std::size_t>(static_cast<std::uint64_t>(value) >> shift) & ((1U << bucketBits) - 1);
    if (!m_octaves[octave])
        m_octaves[octave] = std::make_unique<Octave>();
    ++(*m_octaves[octave])[step];
}

std::int64_t Distribution::percentile(double percent) const
{
    if (m_count == 0)
        return 0;
    const auto rank = std::max<std::uint64_t>(
        1, static_cast<std::uint64_t>(std::ceil(percent / 100.0 * static_cast<double>(m_count))));
    if (!m_values.empty()) {
        const auto nth = m_values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
        std::nth_element(m_values.begin(), nth, m_values.end());
        return *nth;
    }
    std::uint64_t seen = 0;
    for (std::size_t octave = 0; octave < m_octaves.size(); ++octave) {
        if (!m_octaves[octave])
            continue;
        for (std::size_t step = 0; step < m_octaves[octave]->size(); ++step) {
            seen += (*m_octaves[octave])[step];
            if (seen < rank)
                continue;
            if (octave == 0)
                return static_cast<std::int64_t>(step);
            const std::uint64_t low = ((std::uint64_t(1) << bucketBits) + step) << (octave - 1);
            return static_cast<std::int64_t>(low + ((std::uint64_t(1) << (octave - 1)) >> 1));
        }
    }
    return 0;
}

} // namespace farthing
