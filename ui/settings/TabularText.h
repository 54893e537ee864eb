// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QPainter>
#include <QString>

/// Text whose digits are all equally wide, so that figures stand under each other in any font. (OpenType's
/// "tnum" can be asked for only from Qt 6.7 on.)
namespace farthing::tabular {

[[nodiscard]] qreal width(const QString &text, const QFont &font);

/// Draws on one line, vertically centred; too long a text is elided at its end. Uses the painter's pen.
void draw(QPainter &painter, const QRectF &rect, Qt::Alignment horizontal, const QString &text,
          const QFont &font);

} // namespace farthing::tabular
