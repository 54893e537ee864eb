// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/costliest/CostliestList.h"

#include "core/store/ByteReader.h"
#include "core/store/ByteWriter.h"
#include "core/store/Wrapping.h"

#include <algorithm>

namespace farthing {

namespace {

constexpr std::uint8_t version = 1;
/// More than any list has: damaged bytes are not to ask for memory without end.
constexpr std::uint64_t mostEntries = 65'536;

} // namespace

/// The floor, then the entries, each as its difference from the one before.
void CostliestList::encode(std::string &out) const
{
    ByteWriter writer(out);
    writer.byte(version);
    writer.unsignedInt(m_entries.size());
    CostOfRow last;
    const auto write = [&](CostOfRow one) {
        writer.integer(wrappingDifference(last.cost, one.cost));
        writer.integer(wrappingDifference(one.id, last.id));
        last = one;
    };
    write(m_floor);
    std::ranges::for_each(m_entries, write);
}

std::optional<CostliestList> CostliestList::decode(std::string_view bytes, std::size_t capacity)
{
    ByteReader reader(bytes);
    const bool known = reader.byte() == version;
    const std::uint64_t size = reader.unsignedInt();
    if (!known || size > mostEntries)
        return std::nullopt;
    CostliestList list(capacity);
    CostOfRow last;
    const auto read = [&] {
        last.cost = wrappingDifference(last.cost, reader.integer());
        last.id = wrappingSum(last.id, reader.integer());
        return last;
    };
    list.m_floor = read();
    for (std::uint64_t i = 0; i < size && reader.ok(); ++i)
        list.m_entries.push_back(read());
    const bool descends = std::ranges::is_sorted(list.m_entries, std::greater());
    if (!reader.ok() || !reader.atEnd() || !descends || (size > 0 && list.m_entries.back() <= list.m_floor))
        return std::nullopt;
    return list;
}

bool CostliestList::add(CostOfRow event)
{
    if (event <= m_floor)
        return false;
    const auto place = std::ranges::lower_bound(m_entries, event, std::greater());
    if (place != m_entries.end() && *place == event)
        return false;
    m_entries.insert(place, event);
    if (m_entries.size() > m_capacity) {
        m_floor = m_entries.back();
        m_entries.pop_back();
    }
    return true;
}

bool CostliestList::remove(std::int64_t rowId)
{
    return std::erase_if(m_entries, [rowId](const CostOfRow &one) { return one.id == rowId; }) > 0;
}

} // namespace farthing
