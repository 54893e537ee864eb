// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/delegates/CellDelegate.h"

#include "ui/settings/TabularText.h"
#include "ui/settings/Theme.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <QWidget>

namespace farthing {

namespace {

constexpr int padding = Theme::small;
constexpr int badgeHeight = 17;
constexpr int shareTextWidth = 58;

void drawShare(QPainter &painter, const QRect &rect, double share)
{
    const Theme::Colours &colours = Theme::current().colours();
    const QRectF track(rect.left(), rect.center().y() - 3, rect.width(), 8);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(colours.track);
    painter.drawRoundedRect(track, 2, 2);
    if (share <= 0)
        return;
    QRectF bar = track;
    bar.setWidth(std::max(2.0, track.width() * std::min(share, 1.0)));
    painter.setBrush(colours.accent);
    painter.drawRoundedRect(bar, 2, 2);
}

} // namespace

QColor CellDelegate::colourOf(Tone tone)
{
    const Theme::Colours &colours = Theme::current().colours();
    switch (tone) {
    case Tone::Muted:
        return colours.muted;
    case Tone::Good:
        return colours.good;
    case Tone::Warning:
        return colours.warning;
    case Tone::Bad:
        return colours.bad;
    case Tone::Accent:
        return colours.accent;
    case Tone::Normal:
    case Tone::Strong:
        break;
    }
    return colours.text;
}

int CellDelegate::drawBadges(QPainter &painter, const QRect &row, int left, const QList<Badge> &badges)
{
    const Theme::Colours &colours = Theme::current().colours();
    QFont font = Theme::font(Theme::Role::SmallStrong);
    font.setPixelSize(11);
    const QFontMetrics metrics(font);
    painter.setFont(font);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const Badge &badge : badges) {
        const int width = metrics.horizontalAdvance(badge.text) + 12;
        if (left + width > row.right() + 1)
            break;
        const QRect box(left, row.center().y() - badgeHeight / 2, width, badgeHeight);
        const QColor colour = colourOf(badge.tone);
        painter.setPen(Qt::NoPen);
        painter.setBrush(badge.tone == Tone::Muted ? colours.raised : blend(colour, colours.card, 0.18));
        painter.drawRoundedRect(box, badgeHeight / 2.0, badgeHeight / 2.0);
        painter.setPen(colour);
        painter.drawText(box, Qt::AlignCenter, badge.text);
        left += width + Theme::tiny;
    }
    return left;
}

void CellDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                         const QModelIndex &index) const
{
    const Theme::Colours &colours = Theme::current().colours();
    painter->save();
    if (option.state & QStyle::State_Selected)
        painter->fillRect(option.rect, colours.selection);
    else if (option.widget != nullptr && option.widget->property(hoveredRowProperty) == index.row())
        painter->fillRect(option.rect, blend(colours.hover, colours.card, 0.45));
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), colours.grid);

    QRect inner = option.rect.adjusted(padding, 0, -padding, -1);
    const QString text = index.data(Qt::DisplayRole).toString();
    const auto tone = index.data(cell::ToneRole).value<Tone>();
    if (const QVariant share = index.data(cell::ShareRole); share.isValid()) {
        drawShare(*painter, inner.adjusted(0, 0, -shareTextWidth, 0), share.toDouble());
        inner.setLeft(inner.right() - shareTextWidth + 1);
    }
    const bool right = (index.data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight) != 0;
    const QFont font = Theme::font(index.data(cell::MonoRole).toBool() ? Theme::Role::Mono
                                   : tone == Tone::Strong              ? Theme::Role::Strong
                                                                       : Theme::Role::Body);
    const QVariant badges = index.data(cell::BadgesRole);
    int after = inner.left();
    if (!text.isEmpty()) {
        painter->setPen(colourOf(tone));
        tabular::draw(*painter, inner, right ? Qt::AlignRight : Qt::AlignLeft, text, font);
        after += static_cast<int>(tabular::width(text, font)) + Theme::small;
    }
    if (badges.isValid())
        drawBadges(*painter, inner, after, badges.value<QList<Badge>>());
    painter->restore();
}

bool CellDelegate::helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
                             const QModelIndex &index)
{
    const bool cutOff = sizeHint(option, index).width() > option.rect.width() + 2;
    if (event->type() != QEvent::ToolTip || index.data(Qt::ToolTipRole).isValid() || !cutOff)
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    QToolTip::showText(event->globalPos(), index.data(Qt::DisplayRole).toString().toHtmlEscaped(), view);
    return true;
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    const QFont font =
        Theme::font(index.data(cell::MonoRole).toBool() ? Theme::Role::Mono : Theme::Role::Strong);
    const auto width = static_cast<int>(tabular::width(index.data(Qt::DisplayRole).toString(), font));
    return {width + 2 * padding + 2, Theme::rowHeight};
}

} // namespace farthing
