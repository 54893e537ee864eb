// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace farthing {

template <class Visit>
void Distribution::visitBuckets(const Visit &visit) const
{
    if (!m_octaves) {
        addUp(m_sparse);
        for (const auto &[bucket, count] : m_sparse)
            if (!visit(bucket, count))
                return;
        return;
    }
    for (std::size_t octave = 0; octave < m_octaves->size(); ++octave)
        for (std::size_t step = 0; (*m_octaves)[octave] && step < Octave().size(); ++step)
            if (!visit(static_cast<std::uint16_t>((octave << logStepBits) + step),
                       (*(*m_octaves)[octave])[step]))
                return;
}

void Distribution::add(std::int64_t value)
{
    const bool exact = m_values.size() == static_cast<std::size_t>(m_count) && m_values.size() < exactLimit;
    if (!exact) {
        add(logBucketOf(value), 1);
        return;
    }
    ++m_count;
    m_values.push_back(std::max<std::int64_t>(value, 0));
}

/// To a bucket that has none yet, or where there are few.
void Distribution::addToNew(std::uint16_t bucket, std::int64_t count)
{
    for (const std::int64_t earlier : std::exchange(m_values, {}))
        addToBuckets(logBucketOf(earlier), 1);
    addToBuckets(bucket, count);
}

void Distribution::add(const Distribution &other)
{
    for (const std::int64_t value : other.m_values)
        add(value);
    if (!other.m_values.empty())
        return;
    other.visitBuckets([this](std::uint16_t bucket, std::int64_t count) {
        if (count != 0)
            add(bucket, count);
        return true;
    });
}

void Distribution::remove(const Distribution &other)
{
    for (const std::int64_t value : other.m_values)
        add(logBucketOf(value), -1);
    if (!other.m_values.empty())
        return;
    other.visitBuckets([this](std::uint16_t bucket, std::int64_t count) {
        if (count != 0)
            add(bucket, -count);
        return true;
    });
}

void Distribution::addToBuckets(std::uint16_t bucket, std::int64_t count)
{
    if (!m_octaves && m_sparse.size() < sparseLimit) {
        m_sparse.emplace_back(bucket, count);
        return;
    }
    if (!m_octaves) {
        m_octaves = std::make_unique<Octaves>();
        for (const auto &[earlier, counted] : std::exchange(m_sparse, {}))
            addToBuckets(earlier, counted);
    }
    std::unique_ptr<Octave> &octave = (*m_octaves)[bucket >> logStepBits];
    if (!octave)
        octave = std::make_unique<Octave>();
    (*octave)[bucket % octave->size()] += count;
}

std::int64_t Distribution::percentile(double percent) const
{
    if (m_count <= 0)
        return 0;
    const auto rank = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(std::ceil(percent / 100.0 * static_cast<double>(m_count))));
    if (!m_values.empty()) {
        const auto nth = m_values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
        std::nth_element(m_values.begin(), nth, m_values.end());
        return *nth;
    }
    std::int64_t seen = 0;
    std::int64_t found = 0;
    visitBuckets([&](std::uint16_t bucket, std::int64_t count) {
        seen += count;
        found = logBucketMiddle(bucket);
        return seen < rank;
    });
    return found;
}

std::vector<Distribution::Share> Distribution::shares() const
{
    std::vector<Share> shares;
    if (!m_values.empty()) {
        std::ranges::sort(m_values);
        for (const std::int64_t value : m_values) {
            if (shares.empty() || shares.back().value != value)
                shares.push_back({value, 0});
            ++shares.back().count;
        }
        return shares;
    }
    visitBuckets([&](std::uint16_t bucket, std::int64_t count) {
        if (count != 0)
            shares.push_back({logBucketMiddle(bucket), count});
        return true;
    });
    return shares;
}

std::int64_t Distribution::upperBound() const
{
    const auto all = shares();
    if (all.empty())
        return 0;
    const auto next = static_cast<std::uint16_t>(logBucketOf(all.back().value) + 1);
    return next < logBucketCount ? logBucketMiddle(next) : std::numeric_limits<std::int64_t>::max();
}

} // namespace farthing
