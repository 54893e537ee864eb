// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/Dictionary.h"

namespace farthing {

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

Result<std::int64_t> Dictionary::findOrInsert(Database &database, const KnownTexts::Key &key)
{
    bind(m_find, key.text);
    const auto step = m_find.step();
    std::int64_t id = step == Statement::Step::Row ? m_find.integer(0) : 0;
    m_find.reset();
    if (step == Statement::Step::Failed)
        return database.lastError();
    if (id == 0) {
        bind(m_insert, key.text);
        if (!m_insert.run())
            return database.lastError();
        id = database.lastInsertId();
    }
    m_known.add(key, id);
    return id;
}

Result<std::int64_t> Dictionary::idOf(Database &database, std::string_view text)
{
    return idOf(database, KnownTexts::Key(text));
}

Result<std::int64_t> Dictionary::idOf(Database &database, const KnownTexts::Key &key)
{
    if (key.text.empty())
        return std::int64_t(0);
    const std::int64_t id = m_known.find(key);
    return id != 0 ? id : findOrInsert(database, key);
}

Result<std::int64_t> Dictionary::idOfRepeated(Database &database, std::string_view text)
{
    if (text.empty())
        return std::int64_t(0);
    const KnownTexts::Key key(text);
    if (const std::int64_t id = m_known.find(key); id != 0)
        return id;
    return m_known.noteSeen(key) ? findOrInsert(database, key) : Result<std::int64_t>(0);
}

} // namespace farthing
