// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Database.h"
#include "core/store/KnownTexts.h"

#include <string>
#include <string_view>

namespace farthing {

/// The tables that number what comes again and again; rows then hold the number. 0 is the empty text, or
/// none.
enum class Numbered {
    Strings,  ///< texts of events
    Shapes,   ///< EventShape
    TagLists, ///< all free tags of an event
    Segments  ///< tokens and hash of a part of a prompt
};
const char *tableOf(Numbered what);

/// Numbers texts of one table, inside the caller's transaction.
class Dictionary
{
public:
    static Result<Dictionary> open(Database &database, Numbered what);
    Result<std::int64_t> idOf(Database &database, std::string_view text);
    Result<std::int64_t> idOf(Database &database, const KnownTexts::Key &key);
    /// An idOf() comes soon: fetches what it looks at from memory.
    void expect(const KnownTexts::Key &key) const { m_known.expect(key); }
    /// For what may never come again: numbers only what came before, as far as that can be remembered.
    /// 0 where it did not.
    Result<std::int64_t> idOfRepeated(Database &database, std::string_view text);
    /// After a rollback: numbers given since the last commit never were.
    void forget() { m_known.clear(); }

private:
    Dictionary(Numbered what, Statement find, Statement insert);
    void bind(Statement &statement, std::string_view text) const;
    Result<std::int64_t> findOrInsert(Database &database, const KnownTexts::Key &key);

    Numbered m_what;
    Statement m_find;
    Statement m_insert;
    KnownTexts m_known;
};

} // namespace farthing
