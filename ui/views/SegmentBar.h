// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <functional>

namespace farthing {

/// One bar cut into coloured parts, and beneath it what they are: what a call paid for, a prompt's anatomy,
/// where its time went.
class SegmentBar : public QWidget
{
    Q_OBJECT

public:
    struct Segment
    {
        QString name;
        double size = 0;
        QString value; ///< as shown in the legend
        int series = 0;
    };

    explicit SegmentBar(const QString &accessibleName, QWidget *parent = nullptr);

    /// Segments without size are left out.
    void setSegments(const QList<Segment> &segments);
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] bool hasHeightForWidth() const override { return true; }
    [[nodiscard]] int heightForWidth(int width) const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    /// Calls `place` with each legend entry's position; returns the height of all lines.
    int layLegend(int width, const std::function<void(const Segment &, QPoint)> &place) const;

    QString m_name;
    QList<Segment> m_segments;
};

} // namespace farthing
