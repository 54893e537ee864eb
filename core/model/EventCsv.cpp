// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventCsv.h"

#include "core/base/CsvCell.h"
#include "core/base/Utf8.h"
#include "core/model/EventFields.h"

#include <algorithm>

namespace farthing {

std::span<const std::string_view> eventColumns()
{
    static const std::vector<std::string_view> names = [] {
        std::vector<std::string_view> all;
        for (const EventField &field : eventFields())
            all.push_back(field.name);
        return all;
    }();
    return names;
}

void appendCsvHeader(std::string &out)
{
    for (const std::string_view name : eventColumns()) {
        if (name != eventColumns().front())
            out.push_back(',');
        out += name;
    }
    out += "\r\n";
}

void appendCsvRow(std::string &out, const CostEvent &event)
{
    bool first = true;
    for (const EventField &field : eventFields()) {
        if (!first)
            out.push_back(',');
        first = false;
        const std::size_t begin = out.size();
        field.append(out, event);
        if (field.kind == EventField::Kind::Text)
            guardCsvCell(out, begin);
    }
    out += "\r\n";
}

struct EventCsvReader::State
{
    std::vector<const EventField *> columns; ///< empty until the header line is read
    std::vector<std::string> cells = {{}};
    std::size_t rowBytes = 0;
    std::size_t lineNumber = 1;
    std::size_t rowLine = 1;
    bool inQuotes = false;
    bool afterQuote = false;
    OnBadRow onBadRow;
    RowCounts rows;
    Result<void> wellFormed; ///< what is wrong with the form of the row under way; the first thing

    Result<void> endRow(std::vector<CostEvent> &out)
    {
        const bool blank = cells.size() == 1 && cells.front().empty();
        const bool header = columns.empty();
        Result<void> done = wellFormed;
        if (done && !blank)
            done = header ? readHeader() : readRow(out);
        cells.assign(1, {});
        rowBytes = 0;
        afterQuote = false;
        wellFormed = {};
        rowLine = lineNumber;
        return done || header || !onBadRow || !onBadRow(done.error()) ? done : Result<void>();
    }

    [[nodiscard]] Error at(const std::string &column, std::string message) const
    {
        return {std::move(message),
                "line " + std::to_string(rowLine) + (column.empty() ? "" : ", column " + column)};
    }

    void malformed(std::string message, const std::string &column = {})
    {
        if (wellFormed)
            wellFormed = at(column, std::move(message));
    }

    /// The column that the cell under way belongs to, as far as there is a header.
    [[nodiscard]] std::string columnUnderWay() const
    {
        return cells.size() <= columns.size() ? std::string(columns[cells.size() - 1]->name) : std::string();
    }

    /// What is beyond the limits is counted and not kept, so that nothing in a file takes more memory.
    void append(char c)
    {
        if (cells.back().size() < longestCell && rowBytes <= longestRow)
            cells.back().push_back(c);
        else if (wellFormed)
            malformed("has more than " + std::to_string(longestCell) + " bytes", columnUnderWay());
    }

    void countByte()
    {
        if (++rowBytes > longestRow && wellFormed)
            malformed("is longer than " + std::to_string(longestRow) + " bytes" +
                      (inQuotes ? "; does a quoted cell end?" : ""));
    }

    Result<void> readHeader()
    {
        for (std::string &name : cells) {
            if (columns.empty() && name.starts_with("\xef\xbb\xbf"))
                name.erase(0, 3);
            const EventField *const field = eventField(name);
            if (field == nullptr)
                return at(excerpt(name), "no event has such a column");
            if (std::ranges::find(columns, field) != columns.end())
                return at(name, "is there twice");
            columns.push_back(field);
        }
        return {};
    }

    Result<void> readRow(std::vector<CostEvent> &out)
    {
        if (cells.size() != columns.size())
            return at({}, "has " + std::to_string(cells.size()) + " cells where the header has " +
                              std::to_string(columns.size()));
        CostEvent event;
        GivenFields given;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            std::string_view text = cells[i];
            if (columns[i]->kind == EventField::Kind::Text && text.size() > 1 && text.front() == '\'' &&
                needsCsvGuard(text.substr(1)))
                text.remove_prefix(1);
            if (text.empty())
                continue;
            if (auto set = setField(event, *columns[i], text); !set)
                return at(std::string(columns[i]->name), set.error().message);
            markGiven(given, *columns[i]);
        }
        if (auto settled = settleEvent(event, given, {}, &rows); !settled)
            return at(settled.error().place, settled.error().message);
        out.push_back(std::move(event));
        return {};
    }
};

EventCsvReader::EventCsvReader(OnBadRow onBadRow)
    : m_state(std::make_unique<State>())
{
    m_state->onBadRow = std::move(onBadRow);
}

EventCsvReader::~EventCsvReader() = default;

Result<void> EventCsvReader::feed(std::string_view chunk, std::vector<CostEvent> &out)
{
    State &s = *m_state;
    for (const char c : chunk) {
        if (c == '\n')
            ++s.lineNumber;
        if (!s.inQuotes && c == '\n') {
            if (auto done = s.endRow(out); !done)
                return done;
            continue;
        }
        s.countByte();
        if (s.inQuotes) {
            s.inQuotes = c != '"';
            s.afterQuote = !s.inQuotes;
            if (s.inQuotes)
                s.append(c);
        } else if (c == '"' && (s.afterQuote || s.cells.back().empty())) {
            if (s.afterQuote)
                s.append('"');
            s.inQuotes = true;
        } else if (c == ',') {
            if (s.rowBytes <= longestRow)
                s.cells.emplace_back();
            s.afterQuote = false;
        } else if (c != '\r') {
            if (s.afterQuote)
                s.malformed("something follows a closing quote");
            s.append(c);
        }
    }
    // A row of any length is not waited for where it would be refused in any case.
    return s.rowBytes > longestRow && (!s.onBadRow || s.columns.empty()) ? s.wellFormed : Result<void>();
}

Result<void> EventCsvReader::finish(std::vector<CostEvent> &out)
{
    if (m_state->inQuotes)
        return m_state->at({}, "a quoted cell does not end");
    return m_state->rowBytes == 0 ? Result<void>() : m_state->endRow(out);
}

} // namespace farthing
