// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/RowReader.h"

namespace farthing {

namespace {

constexpr std::size_t shapesKept = 200'000;

} // namespace

Result<RowReader> RowReader::open(Database &database)
{
    auto find = database.prepare("SELECT text FROM shapes WHERE id = ?");
    if (!find)
        return find.error();
    return RowReader(*std::move(find));
}

const EventShape *RowReader::shape(std::int64_t number)
{
    if (const auto known = m_shapes.find(number); known != m_shapes.end())
        return &known->second;
    m_find.bind(1, number);
    EventShape shape;
    const bool found = m_find.step() == Statement::Step::Row && EventShape::decode(m_find.bytes(0), shape);
    m_find.reset();
    if (!found)
        return nullptr;
    if (m_shapes.size() >= shapesKept)
        m_shapes.clear();
    return &m_shapes.emplace(number, shape).first->second;
}

Result<void> RowReader::read(Database &database, const Statement &statement, EventRow &row)
{
    row.id = statement.integer(0);
    const EventShape *const known = decodeRow(statement.bytes(1), row) ? shape(row.shape) : nullptr;
    if (known == nullptr)
        return Error{"the event at " + formatRfc3339(timeOfRowId(row.id)) + " cannot be read",
                     database.path().string()};
    known->putInto(row);
    row.event.time = timeOfRowId(row.id) - row.moved;
    return {};
}

} // namespace farthing
