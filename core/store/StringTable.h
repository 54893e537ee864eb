// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/Dictionary.h"

#include <string>
#include <unordered_map>

namespace farthing {

/// Reads what a Dictionary has numbered. It keeps what it has read of late: numbers never change their
/// meaning.
class StringTable
{
public:
    static Result<StringTable> open(Database &database, Numbered what = Numbered::Strings);
    /// The empty string for 0 and for a number that is not there. Valid until some thousands of others were
    /// asked for.
    const std::string &text(std::int64_t id);
    /// -1 where no event has ever held this string; 0 for the empty one.
    std::int64_t idOf(std::string_view text);

private:
    StringTable(Statement byId, Statement byText)
        : m_byId(std::move(byId))
        , m_byText(std::move(byText))
    {}
    Statement m_byId;
    Statement m_byText;
    using Texts = std::unordered_map<std::int64_t, std::string>;
    Texts m_texts;
    Texts m_older; ///< what was asked for before m_texts was begun
};

} // namespace farthing
