// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/EventFields.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace farthing {

/// Cuts JSON, fed in pieces, into rows: the elements of an array, lines, or the elements of the array `data`
/// of an object, as APIs answer with pages, of which several may follow each other. What a row is made of is
/// for its own reader to judge; here only its end matters, so that nothing but a row is ever held.
class JsonRows
{
public:
    enum class Form { Array, Lines, Pages };
    /// Gets each row that is not blank, or why it cannot be read (beyond `longest` bytes), and its number,
    /// from 1. An error ends the reading.
    using OnRow = std::function<Result<void>(const Result<std::string_view> &row, std::size_t number)>;

    JsonRows(Form form, OnRow onRow, std::size_t longest = longestRow)
        : m_form(form)
        , m_onRow(std::move(onRow))
        , m_longest(longest)
    {}
    /// The form of a text that begins like this; nothing where that is no array and no object. An object is
    /// a page where its `data` begins here, else a line.
    static std::optional<Form> formOf(std::string_view begin);

    /// An error of its own names the line.
    Result<void> feed(std::string_view chunk);
    Result<void> finish();
    /// "element 3" or "line 3".
    static std::string placeOf(Form form, std::size_t number);

private:
    enum class Where { Before, Inside, Behind };

    Result<void> feedLines(std::string_view chunk);
    Result<void> feedElements(std::string_view chunk);
    Result<void> behind(char c) const;
    Result<void> before(char c);
    Result<void> lookForData(char c);
    void enterArray();
    Result<void> endElement(bool last);
    Result<void> endRow();
    void append(std::string_view text);
    void appendOfElement(char c);
    /// Whether a string ends or begins with it, or it is part of one.
    bool isOfString(char c);
    [[nodiscard]] bool blank() const { return m_row.find_first_not_of(" \t\r\n") == std::string::npos; }
    [[nodiscard]] Error at(const char *message) const { return {message, "line " + std::to_string(m_line)}; }

    Form m_form;
    OnRow m_onRow;
    std::size_t m_longest;
    std::string m_row;
    bool m_tooLong = false;
    std::size_t m_number = 1; ///< of the row under way
    std::size_t m_line = 1;
    Where m_where = Where::Before; ///< of the array
    std::size_t m_depth = 0;
    bool m_inString = false;
    bool m_escaped = false;
    bool m_isFirst = true; ///< of its array
    // Of a page:
    std::string m_name;     ///< the string that came last, or its beginning
    bool m_isValue = false; ///< behind a name's colon
    bool m_hadArray = false;
};

} // namespace farthing
