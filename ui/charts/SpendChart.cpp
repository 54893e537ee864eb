// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/SpendChart.h"

#include "ui/charts/ChartTheme.h"
#include "ui/charts/TimeTicks.h"
#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"

#include <QAreaSeries>
#include <QChart>
#include <QDateTime>
#include <QDateTimeAxis>
#include <QKeyEvent>
#include <QLineSeries>
#include <QMouseEvent>
#include <QToolTip>
#include <QValueAxis>

#include <cmath>

namespace farthing {

namespace {

constexpr int labelWidth = 76;
constexpr int labelHeight = 20;
constexpr int allSeries = SpendChart::namedSeries + 1;

/// 1, 2 or 5 times a power of ten, so that about four lines reach `most`.
double niceStep(double most)
{
    const double rough = most / 4;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= rough)
            return factor * power;
    return 10 * power;
}

double msOf(Timestamp t)
{
    return static_cast<double>(toMicros(t)) / 1000.0;
}

Timestamp timeOf(const QDateTime &time)
{
    return fromMicros(time.toMSecsSinceEpoch() * 1000);
}

} // namespace

SpendChart::SpendChart(QWidget *parent)
    : QChartView(new QChart, parent)
    , m_time(new QDateTimeAxis(this))
    , m_money(new QValueAxis(this))
{
    setFrameShape(NoFrame);
    setMouseTracking(true);
    setRenderHint(QPainter::Antialiasing);
    setBackgroundBrush(Qt::NoBrush);
    viewport()->setAutoFillBackground(false);
    // With a selector: tool tips take over what has none.
    setStyleSheet("QChartView { background: transparent }");
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Spend over time"));
    setMinimumHeight(120);
    chart()->addAxis(m_time, Qt::AlignBottom);
    chart()->addAxis(m_money, Qt::AlignLeft);
    auto *below = new QLineSeries(this);
    m_lines.append(below);
    for (int i = 0; i < allSeries; ++i) {
        auto *const upper = new QLineSeries(this);
        auto *const area = new QAreaSeries(upper, below);
        m_lines.append(upper);
        m_areas.append(area);
        chart()->addSeries(area);
        area->attachAxis(m_time);
        area->attachAxis(m_money);
        below = upper;
    }
    applyTheme();
}

QString SpendChart::unitOf(Micros length)
{
    using namespace std::chrono_literals;
    if (length == 1h)
        return tr("per hour");
    if (length == 24h)
        return tr("per day");
    if (length == 168h)
        return tr("per week");
    if (length % 168h == 0us)
        return tr("per %1 weeks").arg(length / Micros(168h));
    if (length % 1h == 0us)
        return tr("per %1 hours").arg(length / Micros(1h));
    if (length == 1min)
        return tr("per minute");
    if (length % 1min == 0us)
        return tr("per %1 minutes").arg(length / Micros(1min));
    return length == 1s ? tr("per second") : tr("per %1 seconds").arg(length / Micros(1s));
}

QString SpendChart::others()
{
    return tr("others");
}

int SpendChart::stretches() const
{
    return m_data ? static_cast<int>(m_data->overTime.stretches()) : 0;
}

int SpendChart::seriesCount() const
{
    return m_data ? static_cast<int>(m_data->overTime.series.size()) : 0;
}

double SpendChart::valueAt(int series, int stretch) const
{
    const Money value =
        m_data->overTime.series[static_cast<std::size_t>(series)][static_cast<std::size_t>(stretch)];
    return static_cast<double>(value.nanoUsd()) / 1e9;
}

double SpendChart::middleOf(int stretch) const
{
    const auto i = static_cast<std::size_t>(stretch);
    return (m_edges[i] + m_edges[i + 1]) / 2;
}

/// The first and the last stretch reach beyond what was asked for.
std::vector<double> SpendChart::shownEdges() const
{
    std::vector<double> edges;
    for (const Timestamp edge : m_data->overTime.edges)
        edges.push_back(msOf(edge));
    const TimeRange &range = m_data->filter.range;
    if (range.since && !edges.empty())
        edges.front() = std::max(edges.front(), msOf(*range.since));
    if (range.until && !edges.empty())
        edges.back() = std::min(edges.back(), msOf(*range.until));
    return edges;
}

void SpendChart::setData(std::shared_ptr<const Breakdown> breakdown)
{
    m_data = std::move(breakdown);
    m_edges = shownEdges();
    m_mark = {};
    const int count = stretches();
    std::vector<double> sums(static_cast<std::size_t>(count), 0);
    const auto edge = [&](QLineSeries *line) {
        QList<QPointF> points;
        if (count > 0)
            points.append({m_edges.front(), sums.front()});
        for (int i = 0; i < count; ++i)
            points.append({middleOf(i), sums[static_cast<std::size_t>(i)]});
        if (count > 0)
            points.append({m_edges.back(), sums.back()});
        line->replace(points);
    };
    edge(m_lines[0]);
    for (int area = 0; area < allSeries; ++area) {
        // The last of the spend's series is "all others", which has the last colour, however few are named.
        const int series = area == allSeries - 1 ? seriesCount() - 1 : area < seriesCount() - 1 ? area : -1;
        for (int i = 0; series >= 0 && i < count; ++i)
            sums[static_cast<std::size_t>(i)] += valueAt(series, i);
        edge(m_lines[area + 1]);
    }
    const double most = count == 0 ? 0 : *std::ranges::max_element(sums);
    const double step = most > 0 ? niceStep(most) : 1;
    const double top = most > 0 ? std::ceil(most * 1.02 / step) * step : 1;
    m_money->setRange(0, top);
    m_money->setTickCount(static_cast<int>(std::lround(top / step)) + 1);
    const int places = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    m_money->setLabelFormat(QStringLiteral("$%.%1f").arg(step >= 1 ? 0 : std::max(places, 2)));
    if (count > 0)
        m_time->setRange(QDateTime::fromMSecsSinceEpoch(qint64(m_edges.front())),
                         QDateTime::fromMSecsSinceEpoch(qint64(m_edges.back())));
    if (m_data)
        setAccessibleName(tr("Spend over time by %1").arg(titleOf(m_data->dimension)));
    viewport()->update();
}

void SpendChart::applyTheme()
{
    chartTheme::apply(*chart());
    chartTheme::apply(*m_time, false);
    chart()->setMargins({0, Theme::tiny, Theme::small, labelHeight + 2});
    m_time->setLabelsVisible(false);
    m_time->setLineVisible(false);
    chartTheme::apply(*m_money, true);
    for (int i = 0; i < m_areas.size(); ++i) {
        const QColor colour = Theme::current().series(i);
        m_areas[i]->setPen(Qt::NoPen);
        m_areas[i]->setBrush(blend(colour, Theme::current().colours().card, 0.85));
    }
}

QString SpendChart::nameOf(int series) const
{
    return series < seriesCount() - 1
               ? valueText(format::text(m_data->seriesKeys[static_cast<std::size_t>(series)]))
               : others();
}

QColor SpendChart::colourOf(int series) const
{
    return Theme::current().series(series < seriesCount() - 1 ? series : allSeries - 1);
}

double SpendChart::heightAt(int series, double ms) const
{
    int right = 0;
    while (right < stretches() && middleOf(right) < ms)
        ++right;
    const int left = std::max(0, right - 1);
    right = std::min(right, stretches() - 1);
    const double part = left == right ? 0 : (ms - middleOf(left)) / (middleOf(right) - middleOf(left));
    double height = 0;
    for (int each = 0; each <= series; ++each)
        height += valueAt(each, left) * (1 - part) + valueAt(each, right) * part;
    return height;
}

SpendChart::Mark SpendChart::markAt(QPointF point) const
{
    if (stretches() == 0 || !chart()->plotArea().contains(point))
        return {};
    const QPointF value = chart()->mapToValue(point, m_areas.first());
    const auto behind = std::ranges::upper_bound(m_edges, value.x());
    Mark mark;
    mark.stretch = std::clamp(static_cast<int>(behind - m_edges.begin()) - 1, 0, stretches() - 1);
    for (int series = 0; series < seriesCount() && mark.series < 0; ++series)
        if (value.y() <= heightAt(series, value.x()) && valueAt(series, mark.stretch) > 0)
            mark.series = series;
    return mark;
}

QString SpendChart::spanText(int stretch) const
{
    const auto at = [&](int edge) {
        return fromMicros(std::llround(m_edges[static_cast<std::size_t>(edge)] * 1000));
    };
    return timeSpanText(at(stretch), at(stretch + 1));
}

QString SpendChart::hintFor(const Mark &mark) const
{
    QString rows;
    Money sum;
    const auto stretch = static_cast<std::size_t>(mark.stretch);
    for (int series = seriesCount() - 1; series >= 0; --series) {
        const Money value = m_data->overTime.series[static_cast<std::size_t>(series)][stretch];
        sum += value;
        if (value.nanoUsd() == 0)
            continue;
        const QString name = nameOf(series).toHtmlEscaped();
        rows += QStringLiteral("<tr><td style='color:%1'>■&nbsp;</td><td>%2&nbsp;&nbsp;</td>"
                               "<td align='right'>%3</td></tr>")
                    .arg(colourOf(series).name(),
                         series == mark.series ? QStringLiteral("<b>%1</b>").arg(name) : name,
                         format::money(value));
    }
    return QStringLiteral("<b>%1</b> — %2<table>%3</table>")
        .arg(spanText(mark.stretch), format::money(sum), rows);
}

void SpendChart::setMark(const Mark &mark)
{
    if (mark == m_mark)
        return;
    m_mark = mark;
    viewport()->update();
}

void SpendChart::mouseMoveEvent(QMouseEvent *event)
{
    setMark(markAt(event->position()));
    if (m_mark.stretch >= 0)
        QToolTip::showText(event->globalPosition().toPoint(), hintFor(m_mark), this);
    else
        QToolTip::hideText();
    setCursor(m_mark.series >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void SpendChart::mousePressEvent(QMouseEvent *event)
{
    if (event->button() != Qt::LeftButton)
        return;
    setMark(markAt(event->position()));
    openMark();
}

void SpendChart::openMark()
{
    if (m_mark.stretch >= 0 && m_mark.series >= 0)
        emit markOpened(static_cast<std::size_t>(m_mark.series), static_cast<std::size_t>(m_mark.stretch));
}

void SpendChart::moveMark(int stretches, int series)
{
    if (this->stretches() == 0)
        return;
    Mark mark = m_mark;
    mark.stretch = mark.stretch < 0 ? this->stretches() - 1
                                    : std::clamp(mark.stretch + stretches, 0, this->stretches() - 1);
    // Only what is there to be seen can be marked.
    const auto seen = [&](int from, int step) {
        while (from >= 0 && from < seriesCount() && valueAt(from, mark.stretch) <= 0)
            from += step;
        return from < seriesCount() ? from : -1;
    };
    if (series == 0)
        mark.series = mark.series < 0 ? -1 : std::max(seen(mark.series, -1), seen(mark.series, 1));
    else if (const int next = series > 0        ? seen(mark.series + 1, 1)
                              : mark.series < 0 ? seen(seriesCount() - 1, -1)
                                                : seen(mark.series - 1, -1);
             next >= 0)
        mark.series = next;
    setMark(mark);
    const QPointF at = positionOf(middleOf(mark.stretch), 0);
    QToolTip::showText(viewport()->mapToGlobal(QPoint(int(at.x()), int(chart()->plotArea().top()))),
                       hintFor(mark), this);
    const auto i = static_cast<std::size_t>(mark.stretch);
    const QString when = spanText(mark.stretch);
    setAccessibleDescription(
        mark.series < 0 ? when
                        : tr("%1: %2, %3")
                              .arg(nameOf(mark.series), when,
                                   format::money(m_data->overTime.series[std::size_t(mark.series)][i])));
}

void SpendChart::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left:
        return moveMark(-1, 0);
    case Qt::Key_Right:
        return moveMark(1, 0);
    case Qt::Key_Up:
        return moveMark(0, 1);
    case Qt::Key_Down:
        return moveMark(0, -1);
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return openMark();
    case Qt::Key_Escape:
        QToolTip::hideText();
        return setMark({});
    default:
        QChartView::keyPressEvent(event);
    }
}

void SpendChart::focusInEvent(QFocusEvent *event)
{
    QChartView::focusInEvent(event);
    viewport()->update();
}

void SpendChart::focusOutEvent(QFocusEvent *event)
{
    setMark({});
    QChartView::focusOutEvent(event);
    viewport()->update();
}

void SpendChart::leaveEvent(QEvent *event)
{
    setMark({});
    QChartView::leaveEvent(event);
}

void SpendChart::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
    QChartView::changeEvent(event);
}

QPointF SpendChart::positionOf(double ms, double dollars) const
{
    return chart()->mapToPosition({ms, dollars}, m_areas.first());
}

void SpendChart::drawTimes(QPainter &painter) const
{
    const QRectF plot = chart()->plotArea();
    if (stretches() == 0)
        return;
    painter.setFont(m_time->labelsFont());
    painter.setPen(Theme::current().colours().border);
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    for (const TimeTick &tick : timeTicks(timeOf(m_time->min()), timeOf(m_time->max()),
                                          std::max(1, int(plot.width()) / labelWidth))) {
        const double x = positionOf(msOf(tick.at), 0).x();
        painter.setPen(Theme::current().colours().border);
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 4));
        const double left = std::clamp(x - labelWidth / 2.0, 0.0, width() - double(labelWidth));
        painter.setPen(Theme::current().colours().muted);
        painter.drawText(QRectF(left, plot.bottom() + 3, labelWidth, labelHeight), Qt::AlignCenter,
                         tick.text);
    }
}

void SpendChart::drawMark(QPainter &painter) const
{
    const Theme::Colours &colours = Theme::current().colours();
    const QRectF plot = chart()->plotArea();
    const double x = positionOf(middleOf(m_mark.stretch), 0).x();
    painter.setPen(QPen(colours.muted, 1, Qt::DashLine));
    painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()));
    if (m_mark.series < 0)
        return;
    const double ms = middleOf(m_mark.stretch);
    const double below = m_mark.series == 0 ? 0 : heightAt(m_mark.series - 1, ms);
    painter.setPen(QPen(colours.text, 3, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(positionOf(ms, below), positionOf(ms, heightAt(m_mark.series, ms)));
}

void SpendChart::drawForeground(QPainter *painter, const QRectF &rect)
{
    QChartView::drawForeground(painter, rect);
    drawTimes(*painter);
    if (m_mark.stretch >= 0)
        drawMark(*painter);
    if (hasFocus()) {
        painter->setPen(Theme::current().colours().accent);
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(QRectF(viewport()->rect()).adjusted(0.5, 0.5, -0.5, -0.5), Theme::radius,
                                 Theme::radius);
    }
}

} // namespace farthing
