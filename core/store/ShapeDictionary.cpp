// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/ShapeDictionary.h"

#include "core/store/ByteWriter.h"

namespace farthing {

Result<ShapeDictionary> ShapeDictionary::open(Database &database)
{
    auto shapes = Dictionary::open(database, Numbered::Shapes);
    if (!shapes)
        return shapes.error();
    return ShapeDictionary(*std::move(shapes));
}

void ShapeDictionary::forget()
{
    m_shapes.forget();
    m_byTexts.clear();
}

Result<std::int64_t> ShapeDictionary::idOf(Database &database, Dictionary &strings, const CostEvent &event)
{
    EventShape shape = EventShape::of(event);
    m_key.clear();
    shape.encode(m_key);
    {
        ByteWriter writer(m_key);
        for (std::size_t i = 0; i < textColumnCount; ++i)
            if (EventShape::holds(static_cast<TextColumn>(i)))
                writer.text(textOf(event, static_cast<TextColumn>(i)));
    }
    const KnownTexts::Key key(m_key);
    if (const std::int64_t known = m_byTexts.find(key); known != 0)
        return known;
    for (std::size_t i = 0; i < textColumnCount; ++i) {
        const auto column = static_cast<TextColumn>(i);
        if (!EventShape::holds(column))
            continue;
        auto text = strings.idOf(database, textOf(event, column));
        if (!text)
            return text;
        shape.texts[i] = *text;
    }
    m_body.clear();
    shape.encode(m_body);
    auto id = m_shapes.idOf(database, m_body);
    if (id)
        m_byTexts.add(key, *id);
    return id;
}

} // namespace farthing
