// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Dictionary.h"

namespace farthing {

namespace {

constexpr std::size_t cacheLimit = 200'000;
constexpr std::size_t seenSlots = std::size_t(1) << 14;

} // namespace

const char *tableOf(Numbered what)
{
    switch (what) {
    case Numbered::Strings:
        return "strings";
    case Numbered::Shapes:
        return "shapes";
    case Numbered::TagLists:
        return "tag_lists";
    case Numbered::Segments:
        break;
    }
    return "segments";
}

Dictionary::Dictionary(Numbered what, Statement find, Statement insert)
    : m_what(what)
    , m_find(std::move(find))
    , m_insert(std::move(insert))
    , m_seen(seenSlots)
{}

Result<Dictionary> Dictionary::open(Database &database, Numbered what)
{
    const std::string table = tableOf(what);
    auto find = database.prepare("SELECT id FROM " + table + " WHERE text = ?");
    auto insert = database.prepare("INSERT INTO " + table + " (text) VALUES (?)");
    if (!find || !insert)
        return database.lastError();
    return Dictionary(what, *std::move(find), *std::move(insert));
}

void Dictionary::bind(Statement &statement, std::string_view text) const
{
    if (m_what == Numbered::Strings)
        statement.bind(1, text);
    else
        statement.bindBlob(1, text);
}

std::int64_t Dictionary::known(std::string_view text) const
{
    const auto known = m_ids.find(text);
    return known == m_ids.end() ? 0 : known->second;
}

Result<std::int64_t> Dictionary::idOf(Database &database, std::string_view text)
{
    if (text.empty())
        return std::int64_t(0);
    if (const std::int64_t id = known(text); id != 0)
        return id;
    bind(m_find, text);
    const auto step = m_find.step();
    std::int64_t id = step == Statement::Step::Row ? m_find.integer(0) : 0;
    m_find.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (id == 0) {
        bind(m_insert, text);
        if (!m_insert.run())
            return database.lastError();
        id = database.lastInsertId();
    }
    if (m_ids.size() >= cacheLimit)
        m_ids.clear();
    m_ids.emplace(text, id);
    return id;
}

Result<std::int64_t> Dictionary::idOfRepeated(Database &database, std::string_view text)
{
    if (const std::int64_t id = known(text); id != 0)
        return id;
    const std::uint64_t hash = fastHash(text);
    std::uint64_t &seen = m_seen[hash % seenSlots];
    if (seen == hash)
        return idOf(database, text);
    seen = hash;
    return std::int64_t(0);
}

} // namespace farthing
