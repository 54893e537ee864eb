// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMetaType>
#include <QStyledItemDelegate>

namespace farthing {

/// How strongly a cell, or a badge, speaks.
enum class Tone { Normal, Muted, Strong, Good, Warning, Bad, Accent };

/// A word in a rounded box.
struct Badge
{
    QString text;
    Tone tone = Tone::Muted;
    QString hint; ///< what it means, for the tool tip and screen readers
    bool operator==(const Badge &) const = default;
};

/// What models tell the delegate, beside Qt::DisplayRole and Qt::TextAlignmentRole.
namespace cell {
enum Role {
    ToneRole = Qt::UserRole + 1,
    MonoRole,   ///< true: in the fixed-width font
    ShareRole,  ///< 0..1: a bar behind the text
    BadgesRole, ///< QList<Badge>, after the text
    RawRole     ///< the value with all its digits, for copies and exports
};
}

/// Paints every table's cells: figures with equally wide digits, a line under each row, share bars, badges.
class CellDelegate : public QStyledItemDelegate
{
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    /// The row under the pointer, which a table keeps in this property of its own.
    static constexpr const char *hoveredRowProperty = "hoveredRow";

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    /// A text that is cut off is shown whole.
    bool helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
                   const QModelIndex &index) override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

    /// Draws badges from `left` on as far as they fit; returns where the next one would start.
    static int drawBadges(QPainter &painter, const QRect &row, int left, const QList<Badge> &badges);
    static QColor colourOf(Tone tone);
};

} // namespace farthing

Q_DECLARE_METATYPE(farthing::Badge)
