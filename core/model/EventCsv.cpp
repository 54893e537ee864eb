// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventCsv.h"

#include "core/base/CsvCell.h"
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
        appendCsvCell(out, field.get(event), field.kind == EventField::Kind::Text);
    }
    out += "\r\n";
}

struct EventCsvReader::State
{
    std::vector<const EventField *> columns; ///< empty until the header line is read
    std::vector<std::string> cells = {{}};
    std::string line; ///< the raw line, for a derived id
    std::size_t lineNumber = 1;
    std::size_t rowLine = 1;
    bool inQuotes = false;
    bool afterQuote = false;
    OnBadRow onBadRow;
    Result<void> wellFormed; ///< what is wrong with the quoting of the row under way

    Result<void> endRow(std::vector<CostEvent> &out)
    {
        const bool blank = cells.size() == 1 && cells.front().empty();
        const bool header = columns.empty();
        Result<void> done = wellFormed;
        if (done && !blank)
            done = header ? readHeader() : readRow(out);
        cells.assign(1, {});
        line.clear();
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

    Result<void> readHeader()
    {
        for (std::string &name : cells) {
            if (columns.empty() && name.starts_with("\xef\xbb\xbf"))
                name.erase(0, 3);
            const EventField *const field = eventField(name);
            if (field == nullptr)
                return at(name, "no event has such a column");
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
            if (!text.empty() && !columns[i]->set(event, text))
                return at(std::string(columns[i]->name), "'" + cells[i] + "' is not a value of this column");
            if (!text.empty())
                markGiven(given, *columns[i]);
        }
        if (auto settled = settleEvent(event, given, line); !settled)
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
        s.line.push_back(c);
        if (s.inQuotes) {
            s.inQuotes = c != '"';
            s.afterQuote = !s.inQuotes;
            if (s.inQuotes)
                s.cells.back().push_back(c);
        } else if (c == '"' && (s.afterQuote || s.cells.back().empty())) {
            if (s.afterQuote)
                s.cells.back().push_back('"');
            s.inQuotes = true;
        } else if (c == ',') {
            s.cells.emplace_back();
            s.afterQuote = false;
        } else if (c != '\r') {
            if (s.afterQuote)
                s.wellFormed = s.at({}, "something follows a closing quote");
            s.cells.back().push_back(c);
        }
    }
    return {};
}

Result<void> EventCsvReader::finish(std::vector<CostEvent> &out)
{
    if (m_state->inQuotes)
        return m_state->at({}, "a quoted cell does not end");
    return m_state->line.empty() ? Result<void>() : m_state->endRow(out);
}

} // namespace farthing
