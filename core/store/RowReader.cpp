// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/RowReader.h"

namespace farthing {

namespace {

/// They are numbered one by one; a number beyond this is damage.
constexpr std::int64_t mostShapes = std::int64_t(1) << 24;

} // namespace

Result<RowReader> RowReader::open(Database &database)
{
    auto find = database.prepare("SELECT text FROM shapes WHERE id = ?");
    if (!find)
        return find.error();
    return RowReader(*std::move(find));
}

const EventShape *RowReader::find(std::int64_t number)
{
    if (number < 0 || number > mostShapes)
        return nullptr;
    m_find.bind(1, number);
    EventShape shape;
    const bool found = m_find.step() == Statement::Step::Row && EventShape::decode(m_find.bytes(0), shape);
    m_find.reset();
    if (!found)
        return nullptr;
    const auto index = static_cast<std::size_t>(number);
    if (index >= m_shapes.size())
        m_shapes.resize(index + 1);
    m_shapes[index] = std::make_unique<EventShape>(shape);
    return m_shapes[index].get();
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
