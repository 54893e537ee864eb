// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/KnownTexts.h"

#include <algorithm>
#include <utility>

namespace farthing {

namespace {

constexpr std::size_t mostTexts = 200'000;
constexpr std::size_t mostBytes = std::size_t(16) << 20;
constexpr std::size_t firstCells = std::size_t(1) << 8;
constexpr std::size_t mostLooks = 16;              ///< more than a table half full needs
constexpr std::size_t seen = std::size_t(1) << 13; ///< small enough to stay in a core's cache

} // namespace

/// The one with this hash, else a free one, else the one it would displace.
std::size_t KnownTexts::cellFor(std::uint64_t hash) const
{
    const std::size_t mask = m_cells.size() - 1;
    for (std::size_t look = 0; look < mostLooks; ++look) {
        const std::size_t at = (hash + look) & mask;
        if (m_cells[at].hash == hash || m_cells[at].number == 0)
            return at;
    }
    return hash & mask;
}

std::int64_t KnownTexts::find(const Key &key) const
{
    if (m_cells.empty())
        return 0;
    const Cell &cell = m_cells[cellFor(key.hash)];
    const bool same =
        cell.hash == key.hash && std::string_view(m_texts).substr(cell.at, cell.size) == key.text;
    return same ? cell.number : 0;
}

void KnownTexts::expect(const Key &key) const
{
    if (!m_cells.empty())
        __builtin_prefetch(&m_cells[key.hash & (m_cells.size() - 1)]);
}

void KnownTexts::makeRoomFor(std::size_t bytes)
{
    if (m_used >= mostTexts || m_texts.size() + bytes > mostBytes)
        clear();
    if (m_used * 2 < m_cells.size())
        return;
    const auto before = std::exchange(m_cells, std::vector<Cell>(std::max(m_cells.size() * 2, firstCells)));
    m_used = 0;
    for (const Cell &cell : before)
        if (cell.number != 0) {
            Cell &to = m_cells[cellFor(cell.hash)];
            m_used += to.number == 0 ? 1 : 0;
            to = cell;
        }
}

void KnownTexts::add(const Key &key, std::int64_t number)
{
    makeRoomFor(key.text.size());
    Cell &cell = m_cells[cellFor(key.hash)];
    m_used += cell.number == 0 ? 1 : 0;
    cell = {key.hash, number, static_cast<std::uint32_t>(m_texts.size()),
            static_cast<std::uint32_t>(key.text.size())};
    m_texts += key.text;
}

bool KnownTexts::noteSeen(const Key &key)
{
    m_seen.resize(seen);
    return std::exchange(m_seen[key.hash % seen], key.hash) == key.hash;
}

void KnownTexts::clear()
{
    *this = {};
}

} // namespace farthing
