// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/StringTable.h"

namespace farthing {

namespace {

/// Of as many texts twice: users and sessions are many, and a reader of all events meets every one.
constexpr std::size_t mostKept = 32'768;

} // namespace

Result<StringTable> StringTable::open(Database &database, Numbered what)
{
    const std::string table = tableOf(what);
    auto byId = database.prepare("SELECT text FROM " + table + " WHERE id = ?");
    auto byText = database.prepare("SELECT id FROM " + table + " WHERE text = ?");
    if (!byId || !byText)
        return database.lastError();
    return StringTable(*std::move(byId), *std::move(byText));
}

const std::string &StringTable::text(std::int64_t id)
{
    static const std::string empty;
    if (id == 0)
        return empty;
    if (const auto known = m_texts.find(id); known != m_texts.end())
        return known->second;
    if (m_texts.size() >= mostKept)
        m_older = std::exchange(m_texts, {});
    if (auto older = m_older.extract(id))
        return m_texts.insert(std::move(older)).position->second;
    m_byId.bind(1, id);
    const bool found = m_byId.step() == Statement::Step::Row;
    const std::string text = found ? std::string(m_byId.bytes(0)) : std::string();
    m_byId.reset();
    return found ? m_texts.emplace(id, text).first->second : empty;
}

std::int64_t StringTable::idOf(std::string_view text)
{
    if (text.empty())
        return 0;
    m_byText.bind(1, text);
    const std::int64_t id = m_byText.step() == Statement::Step::Row ? m_byText.integer(0) : -1;
    m_byText.reset();
    return id;
}

} // namespace farthing
