// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/KnownTexts.h"

namespace farthing {

namespace {

constexpr std::size_t most = 200'000;
constexpr std::size_t slots = std::size_t(1) << 14;

} // namespace

KnownTexts::KnownTexts()
    : m_slots(slots)
{}

std::int64_t KnownTexts::find(const Key &key)
{
    Slot &slot = slotOf(key);
    if (slot.hash == key.hash && slot.entry != nullptr)
        return slot.entry->text == key.text ? slot.entry->number : 0;
    const auto known = m_entries.find(key.hash);
    if (known == m_entries.end() || known->second.text != key.text)
        return 0;
    slot = {key.hash, &known->second};
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
    Slot &slot = slotOf(key);
    if (slot.hash == key.hash)
        return true;
    slot = {key.hash, nullptr};
    return false;
}

void KnownTexts::clear()
{
    m_entries.clear();
    m_slots.assign(slots, Slot());
}

} // namespace farthing
