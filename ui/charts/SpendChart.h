// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/Breakdown.h"

#include <QChartView>

#include <vector>

class QAreaSeries;
class QDateTimeAxis;
class QLineSeries;
class QValueAxis;

namespace farthing {

/// Spend over time, stacked by the dearest values of a dimension, all others on top as one. A mark is one
/// series in one stretch of time: the pointer or the arrow keys move over the marks and tell their figures, a
/// click or Enter opens the calls behind one.
class SpendChart : public QChartView
{
    Q_OBJECT

public:
    explicit SpendChart(QWidget *parent = nullptr);

    static constexpr int namedSeries = 6;
    static constexpr std::size_t mostStretches = 140;

    void setData(std::shared_ptr<const Breakdown> breakdown);
    /// "per hour", "per 5 minutes": the length of a stretch.
    [[nodiscard]] static QString unitOf(Micros length);
    /// What the series without a name is called.
    [[nodiscard]] static QString others();

signals:
    /// For filterOfMark().
    void markOpened(std::size_t series, std::size_t stretch);

protected:
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void changeEvent(QEvent *event) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;

private:
    /// A stretch of time and a series in it; either may be absent.
    struct Mark
    {
        int stretch = -1;
        int series = -1;
        bool operator==(const Mark &) const = default;
    };

    void applyTheme();
    void drawTimes(QPainter &painter) const;
    void drawMark(QPainter &painter) const;
    void setMark(const Mark &mark);
    void moveMark(int stretches, int series);
    void openMark();
    [[nodiscard]] Mark markAt(QPointF point) const;
    [[nodiscard]] int stretches() const;
    [[nodiscard]] int seriesCount() const;
    [[nodiscard]] double valueAt(int series, int stretch) const; ///< US dollars
    /// Milliseconds since 1970, as the axis counts.
    [[nodiscard]] double middleOf(int stretch) const;
    /// Where the edge above the series is, between the middles of stretches on a straight line, as it is
    /// drawn.
    [[nodiscard]] double heightAt(int series, double ms) const;
    [[nodiscard]] QString nameOf(int series) const;
    [[nodiscard]] QColor colourOf(int series) const;
    [[nodiscard]] std::vector<double> shownEdges() const;
    [[nodiscard]] QString spanText(int stretch) const;
    [[nodiscard]] QString hintFor(const Mark &mark) const;
    [[nodiscard]] QPointF positionOf(double ms, double dollars) const;

    std::shared_ptr<const Breakdown> m_data;
    std::vector<double> m_edges; ///< of the stretches as far as they were asked for, on the axis
    QDateTimeAxis *m_time;
    QValueAxis *m_money;
    QList<QLineSeries *> m_lines; ///< upper edges, from the bottom
    QList<QAreaSeries *> m_areas;
    Mark m_mark;
};

} // namespace farthing
