// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/EventCsv.h"

#include "core/base/CsvCell.h"
#include "core/base/Utf8.h"
#include "core/model/CsvRows.h"
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
    std::vector<const EventField *> columns;
    RowCounts counts;
    std::vector<CostEvent> *out = nullptr; ///< while something is fed
    CsvRows rows;

    explicit State(OnBadRow onBadRow)
        : rows({[this](std::vector<std::string> &names) { return takeHeader(names); },
                [this](std::vector<std::string> &cells) { return takeRow(cells); }, std::move(onBadRow)})
    {}

    Result<void> takeHeader(std::vector<std::string> &names)
    {
        for (std::string &name : names) {
            const EventField *const field = eventField(name);
            if (field == nullptr)
                return Error{"no event has such a column", excerpt(name)};
            if (std::ranges::find(columns, field) != columns.end())
                return Error{"is there twice", name};
            columns.push_back(field);
            name = field->name;
        }
        return {};
    }

    Result<void> takeRow(const std::vector<std::string> &cells)
    {
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
                return Error{set.error().message, std::string(columns[i]->name)};
            markGiven(given, *columns[i]);
        }
        if (auto settled = settleEvent(event, given, {}, &counts); !settled)
            return settled;
        out->push_back(std::move(event));
        return {};
    }
};

EventCsvReader::EventCsvReader(OnBadRow onBadRow)
    : m_state(std::make_unique<State>(std::move(onBadRow)))
{}

EventCsvReader::~EventCsvReader() = default;

Result<void> EventCsvReader::feed(std::string_view chunk, std::vector<CostEvent> &out)
{
    m_state->out = &out;
    return m_state->rows.feed(chunk);
}

Result<void> EventCsvReader::finish(std::vector<CostEvent> &out)
{
    m_state->out = &out;
    return m_state->rows.finish();
}

} // namespace farthing
