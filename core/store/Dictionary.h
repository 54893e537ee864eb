// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/FastHash.h"
#include "core/store/Database.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace farthing {

/// Numbers by text, bounded by whoever fills it.
using KnownTexts = std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>>;

/// The tables that number what comes again and again; rows then hold the number. 0 is the empty text, or none.
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
    /// For what may never come again: numbers only what came before, as far as that can be remembered.
    /// 0 where it did not.
    Result<std::int64_t> idOfRepeated(Database &database, std::string_view text);
    /// After a rollback: numbers given since the last commit never were.
    void forget() { m_ids.clear(); }

private:
    Dictionary(Numbered what, Statement find, Statement insert);
    void bind(Statement &statement, std::string_view text) const;
    [[nodiscard]] std::int64_t known(std::string_view text) const;

    Numbered m_what;
    Statement m_find;
    Statement m_insert;
    KnownTexts m_ids;
    std::vector<std::uint64_t> m_seen; ///< hashes, each in its one place
};

} // namespace farthing
