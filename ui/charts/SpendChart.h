// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/store/QueryService.h"

#include <QChartView>

#include <vector>

class QAreaSeries;
class QDateTimeAxis;
class QLineSeries;
class QValueAxis;

namespace farthing {

/// Spend over time, stacked by the dearest values of a dimension, all others on top as one. Figures under the
/// pointer, a value's own calls by a click.
class SpendChart : public QChartView
{
    Q_OBJECT

public:
    explicit SpendChart(QWidget *parent = nullptr);

    static constexpr int namedSeries = 6;
    static constexpr std::size_t maxBuckets = 140;

    /// `keys` as in CostOverTime: its last series has no key.
    void setData(const CostOverTime &spend, const std::vector<std::string> &keys);
    /// "$20/h": a bucket's length as a rate.
    [[nodiscard]] static QString unitOf(Micros bucket);

signals:
    /// An empty optional would be "all others", which cannot be asked for: only named series are emitted.
    void keyClicked(const QString &key);

protected:
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;

private:
    void applyTheme();
    /// Qt's axis cuts the range into equal parts; people want round times.
    void drawTimes(QPainter &painter);
    /// The bucket under a point of the view; -1 outside of the plot.
    [[nodiscard]] int bucketAt(QPointF point) const;
    [[nodiscard]] int seriesAt(QPointF point, int bucket) const;
    [[nodiscard]] double valueAt(std::size_t series, std::size_t bucket) const;
    [[nodiscard]] QString hintFor(int bucket) const;

    CostOverTime m_data;
    std::vector<std::string> m_keys;
    QDateTimeAxis *m_time;
    QValueAxis *m_money;
    QList<QLineSeries *> m_lines; ///< upper edges, from the bottom
    QList<QAreaSeries *> m_areas;
    int m_hovered = -1;
};

} // namespace farthing
