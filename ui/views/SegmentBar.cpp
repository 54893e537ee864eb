// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/SegmentBar.h"

#include "ui/settings/Theme.h"

#include <QPainter>

namespace farthing {

namespace {

constexpr int barHeight = 14;
constexpr int lineHeight = 18;
constexpr int mark = 8;

QString legendOf(const SegmentBar::Segment &segment)
{
    return segment.name + ' ' + segment.value;
}

} // namespace

SegmentBar::SegmentBar(const QString &accessibleName, QWidget *parent)
    : QWidget(parent)
    , m_name(accessibleName)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void SegmentBar::setSegments(const QList<Segment> &segments)
{
    m_segments.clear();
    QStringList texts;
    for (const Segment &segment : segments)
        if (segment.size > 0) {
            m_segments.append(segment);
            texts.append(legendOf(segment));
        }
    setAccessibleName(m_name + ": " + texts.join(QStringLiteral(", ")));
    updateGeometry();
    update();
}

int SegmentBar::layLegend(int width, const std::function<void(const Segment &, QPoint)> &place) const
{
    const QFontMetrics metrics(Theme::font(Theme::Role::Small));
    QPoint at(0, barHeight + Theme::small);
    for (const Segment &segment : m_segments) {
        const int wide = mark + 5 + metrics.horizontalAdvance(legendOf(segment));
        if (at.x() > 0 && at.x() + wide > width)
            at = {0, at.y() + lineHeight};
        place(segment, at);
        at.rx() += wide + Theme::medium;
    }
    return at.y() + lineHeight;
}

QSize SegmentBar::sizeHint() const
{
    return {240, heightForWidth(240)};
}

int SegmentBar::heightForWidth(int width) const
{
    return m_segments.isEmpty() ? barHeight : layLegend(width, [](const Segment &, QPoint) {});
}

void SegmentBar::paintEvent(QPaintEvent *)
{
    const Theme &theme = Theme::current();
    QPainter painter(this);
    painter.fillRect(QRect(0, 0, width(), barHeight), theme.colours().track);
    double sum = 0;
    for (const Segment &segment : m_segments)
        sum += segment.size;
    double left = 0;
    for (const Segment &segment : m_segments) {
        const double wide = width() * segment.size / sum;
        painter.fillRect(QRectF(left, 0, std::max(wide, 1.0), barHeight), theme.series(segment.series));
        left += wide;
    }
    painter.setFont(Theme::font(Theme::Role::Small));
    layLegend(width(), [&](const Segment &segment, QPoint at) {
        painter.fillRect(QRect(at.x(), at.y() + (lineHeight - mark) / 2, mark, mark),
                         theme.series(segment.series));
        painter.setPen(theme.colours().muted);
        painter.drawText(QRect(at.x() + mark + 5, at.y(), width(), lineHeight),
                         Qt::AlignLeft | Qt::AlignVCenter, legendOf(segment));
    });
}

} // namespace farthing
