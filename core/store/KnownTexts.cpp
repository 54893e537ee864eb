// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/KnownTexts.h"

#include <utility>

namespace farthing {

namespace {

constexpr std::size_t most = 200'000;
// Small enough to stay in a core's cache.
constexpr std::size_t slots = std::size_t(1) << 12;
constexpr std::size_t seen = std::size_t(1) << 13;

} // namespace

KnownTexts::KnownTexts()
    : m_slotHashes(slots)
    , m_slots(slots)
    , m_seen(seen)
{}

std::int64_t KnownTexts::findLately(const Key &key) const
{
    const std::size_t slot = key.hash % slots;
    return m_slotHashes[slot] == key.hash && m_slots[slot].text == key.text ? m_slots[slot].number : 0;
}

std::int64_t KnownTexts::find(const Key &key)
{
    if (const std::int64_t number = findLately(key); number != 0)
        return number;
    const auto known = m_entries.find(key.hash);
    if (known == m_entries.end() || known->second.text != key.text)
        return 0;
    putInSlot(key, known->second.number);
    return known->second.number;
}

void KnownTexts::add(const Key &key, std::int64_t number)
{
    if (m_entries.size() >= most)
        clear();
    m_entries.try_emplace(key.hash, Entry{std::string(key.text), number});
    putInSlot(key, number);
}

void KnownTexts::putInSlot(const Key &key, std::int64_t number)
{
    const std::size_t slot = key.hash % slots;
    m_slotHashes[slot] = key.hash;
    m_slots[slot].text = key.text;
    m_slots[slot].number = number;
}

bool KnownTexts::noteSeen(const Key &key)
{
    return std::exchange(m_seen[key.hash % seen], key.hash) == key.hash;
}

void KnownTexts::clear()
{
    m_entries.clear();
    m_slotHashes.assign(slots, 0);
    m_slots.assign(slots, Entry());
    m_seen.assign(seen, 0);
}

} // namespace farthing
