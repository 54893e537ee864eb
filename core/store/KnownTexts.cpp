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
    : m_slots(slots)
    , m_seen(seen)
{}

std::int64_t KnownTexts::findLately(const Key &key) const
{
    const Slot &slot = m_slots[key.hash % m_slots.size()];
    return slot.hash == key.hash && slot.entry != nullptr && slot.entry->text == key.text ? slot.entry->number
                                                                                          : 0;
}

std::int64_t KnownTexts::find(const Key &key)
{
    if (const std::int64_t number = findLately(key); number != 0)
        return number;
    const auto known = m_entries.find(key.hash);
    if (known == m_entries.end() || known->second.text != key.text)
        return 0;
    slotOf(key) = {key.hash, &known->second};
    return known->second.number;
}

void KnownTexts::add(const Key &key, std::int64_t number)
{
    if (m_entries.size() >= most)
        clear();
    const auto added = m_entries.try_emplace(key.hash, Entry{std::string(key.text), number}).first;
    slotOf(key) = {key.hash, &added->second};
}

bool KnownTexts::noteSeen(const Key &key)
{
    return std::exchange(m_seen[key.hash % m_seen.size()], key.hash) == key.hash;
}

void KnownTexts::clear()
{
    m_entries.clear();
    m_slots.assign(slots, Slot());
    m_seen.assign(seen, 0);
}

} // namespace farthing
