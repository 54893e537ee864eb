// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/settings/TabularText.h"

#include <QFontMetricsF>
#include <QGlyphRun>
#include <QHash>
#include <QRawFont>

namespace farthing::tabular {

namespace {

/// What is asked for thousands of times while a table scrolls.
struct Face
{
    explicit Face(const QFont &font)
        : raw(QRawFont::fromFont(font))
        , metrics(font)
    {
        for (char16_t digit = u'0'; digit <= u'9'; ++digit)
            digitWidth = std::max(digitWidth, metrics.horizontalAdvance(QChar(digit)));
    }
    QRawFont raw;
    QFontMetricsF metrics;
    qreal digitWidth = 0;
};

const Face &faceOf(const QFont &font)
{
    static QHash<QFont, std::shared_ptr<Face>> faces;
    auto &face = faces[font];
    if (!face)
        face = std::make_shared<Face>(font);
    return *face;
}

bool hasDigit(const QString &text)
{
    return std::any_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

bool isPlain(const QString &text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c.unicode() < 0x80; });
}

} // namespace

qreal width(const QString &text, const QFont &font)
{
    const Face &face = faceOf(font);
    qreal sum = 0;
    for (const QChar c : text)
        sum += c >= u'0' && c <= u'9' ? face.digitWidth : face.metrics.horizontalAdvance(c);
    return sum;
}

void draw(QPainter &painter, const QRectF &rect, Qt::Alignment horizontal, const QString &text,
          const QFont &font)
{
    const Face &face = faceOf(font);
    painter.setFont(font);
    const qreal wide = hasDigit(text) ? width(text, font) : face.metrics.horizontalAdvance(text);
    if (wide > rect.width() + 0.5) {
        painter.drawText(rect, Qt::AlignVCenter | horizontal,
                         face.metrics.elidedText(text, Qt::ElideRight, rect.width()));
        return;
    }
    if (!hasDigit(text) || !isPlain(text)) {
        painter.drawText(rect, Qt::AlignVCenter | horizontal, text);
        return;
    }
    const QList<quint32> glyphs = face.raw.glyphIndexesForString(text);
    if (glyphs.size() != text.size()) {
        painter.drawText(rect, Qt::AlignVCenter | horizontal, text);
        return;
    }
    QList<QPointF> places;
    places.reserve(glyphs.size());
    qreal x = 0;
    for (const QChar c : text) {
        const qreal own = face.metrics.horizontalAdvance(c);
        const bool digit = c >= u'0' && c <= u'9';
        places.append({digit ? x + (face.digitWidth - own) / 2 : x, 0});
        x += digit ? face.digitWidth : own;
    }
    QGlyphRun run;
    run.setRawFont(face.raw);
    run.setGlyphIndexes(glyphs);
    run.setPositions(places);
    const qreal left = horizontal & Qt::AlignRight ? rect.right() - x : rect.left();
    const qreal baseline = rect.top() + (rect.height() + face.metrics.ascent() - face.metrics.descent()) / 2;
    painter.drawGlyphRun({left, baseline}, run);
}

} // namespace farthing::tabular
