// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/Result.h"
#include "core/model/EventFields.h"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace farthing {

/// Cuts CSV (RFC 4180, lines ended by LF or CRLF), fed in pieces, into rows under a header line. Blank lines
/// are passed over, a byte order mark too. What is beyond the limits is counted and not held, so that nothing
/// in a file takes more memory.
class CsvRows
{
public:
    /// In bytes.
    struct Limits
    {
        std::size_t cell = longestCell;
        std::size_t row = longestRow;
    };
    /// Who gets what was cut. The place of an error is a column's name or empty, and gets the line here.
    struct Hooks
    {
        /// The header's names, which may be changed to what errors are to call them. An error ends the
        /// reading.
        std::function<Result<void>(std::vector<std::string> &names)> header;
        /// As many cells as there are columns.
        std::function<Result<void>(std::vector<std::string> &cells)> row;
        /// Asked about each row that cannot be read: true leaves it out and goes on. Where it is null, the
        /// first one ends the reading.
        std::function<bool(const Error &)> badRow;
    };

    explicit CsvRows(Hooks hooks)
        : CsvRows(std::move(hooks), Limits{})
    {}
    CsvRows(Hooks hooks, Limits limits, char delimiter = ',')
        : m_hooks(std::move(hooks))
        , m_limits(limits)
        , m_delimiter(delimiter)
    {}

    /// Errors name the line and the column.
    Result<void> feed(std::string_view chunk);
    /// Feeds as much of the chunk as the header line takes, and says how much that is: all of it where the
    /// line goes on behind it.
    Result<std::size_t> feedHeader(std::string_view chunk);
    [[nodiscard]] bool hasHeader() const { return !m_names.empty(); }
    Result<void> finish();
    void onBadRow(std::function<bool(const Error &)> badRow) { m_hooks.badRow = std::move(badRow); }

private:
    Result<void> endRow();
    Result<void> takeHeader();
    Result<void> takeRow();
    void append(char c);
    void countByte();
    void malformed(std::string message, const std::string &column = {});
    [[nodiscard]] std::string columnUnderWay() const;
    [[nodiscard]] Error at(const std::string &column, std::string message) const;

    Hooks m_hooks;
    Limits m_limits;
    char m_delimiter;
    std::vector<std::string> m_names; ///< empty until the header line is read
    std::vector<std::string> m_cells = {{}};
    std::size_t m_rowBytes = 0;
    std::size_t m_lineNumber = 1;
    std::size_t m_rowLine = 1;
    bool m_inQuotes = false;
    bool m_afterQuote = false;
    Result<void> m_wellFormed; ///< what is wrong with the form of the row under way; the first thing
};

} // namespace farthing
