// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/SpendChart.h"

#include "ui/charts/ChartTheme.h"
#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"

#include <QAreaSeries>
#include <QChart>
#include <QDateTime>
#include <QDateTimeAxis>
#include <QLineSeries>
#include <QLocale>
#include <QMouseEvent>
#include <QToolTip>
#include <QValueAxis>

#include <cmath>

namespace farthing {

namespace {

constexpr int seriesTotal = SpendChart::namedSeries + 1;

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

constexpr int labelWidth = 76;
constexpr int labelHeight = 20;

/// The moments between two that a person would name, at most `most` of them: whole minutes, hours or days of
/// the local clock.
QList<QDateTime> roundMoments(qint64 fromMs, qint64 toMs, int most)
{
    static constexpr qint64 minute = 60'000, hour = 60 * minute, day = 24 * hour;
    static constexpr qint64 steps[] = {1000,       5000,        15'000,      30'000,   minute,
                                       5 * minute, 15 * minute, 30 * minute, hour,     2 * hour,
                                       3 * hour,   6 * hour,    12 * hour,   day,      2 * day,
                                       7 * day,    14 * day,    28 * day,    91 * day, 364 * day};
    qint64 step = steps[std::size(steps) - 1];
    for (const qint64 each : steps)
        if ((toMs - fromMs) / each < most) {
            step = each;
            break;
        }
    QList<QDateTime> moments;
    QDateTime at = QDateTime::fromMSecsSinceEpoch(fromMs).date().startOfDay();
    while (at.toMSecsSinceEpoch() <= toMs) {
        if (at.toMSecsSinceEpoch() >= fromMs)
            moments.append(at);
        at = step >= day ? at.addDays(step / day) : at.addMSecs(step);
    }
    return moments;
}

QString momentText(const QDateTime &moment, qint64 spanMs)
{
    const bool midnight = moment.time() == QTime(0, 0);
    if (midnight)
        return QLocale::c().toString(moment, spanMs <= 9 * 86'400'000LL ? u"ddd d" : u"MMM d");
    return QLocale::c().toString(moment, spanMs <= 600'000 ? u"HH:mm:ss" : u"HH:mm");
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
    setStyleSheet("background: transparent");
    setFocusPolicy(Qt::NoFocus);
    setMinimumHeight(120);
    chart()->addAxis(m_time, Qt::AlignBottom);
    chart()->addAxis(m_money, Qt::AlignLeft);
    auto *below = new QLineSeries(this);
    for (int i = 0; i < seriesTotal; ++i) {
        auto *const upper = new QLineSeries(this);
        auto *const area = new QAreaSeries(upper, below);
        m_lines.append(upper);
        m_areas.append(area);
        chart()->addSeries(area);
        area->attachAxis(m_time);
        area->attachAxis(m_money);
        below = upper;
    }
    m_lines.prepend(m_areas.first()->lowerSeries());
    applyTheme();
}

QString SpendChart::unitOf(Micros bucket)
{
    using namespace std::chrono_literals;
    if (bucket == Micros(1h))
        return tr("per hour");
    if (bucket == Micros(24h))
        return tr("per day");
    if (bucket == Micros(168h))
        return tr("per week");
    if (bucket % Micros(1h) == 0us)
        return tr("per %1 hours").arg(bucket / Micros(1h));
    if (bucket == Micros(1min))
        return tr("per minute");
    if (bucket % Micros(1min) == 0us)
        return tr("per %1 minutes").arg(bucket / Micros(1min));
    return bucket == Micros(1s) ? tr("per second") : tr("per %1 seconds").arg(bucket / Micros(1s));
}

double SpendChart::valueAt(std::size_t series, std::size_t bucket) const
{
    return static_cast<double>(m_data.series[series][bucket].nanoUsd()) / 1e9;
}

void SpendChart::setData(const CostOverTime &spend, const std::vector<std::string> &keys)
{
    m_data = spend;
    m_keys = keys;
    m_hovered = -1;
    const std::size_t buckets = spend.series.empty() ? 0 : spend.series.front().size();
    std::vector<double> sums(buckets, 0);
    const auto edge = [&](QLineSeries *line) {
        QList<QPointF> points;
        for (std::size_t b = 0; b < buckets; ++b)
            points.append(
                {msOf(spend.start + static_cast<int>(b) * spend.bucket + spend.bucket / 2), sums[b]});
        line->replace(points);
    };
    edge(m_lines[0]);
    for (int i = 0; i < seriesTotal; ++i) {
        // The last of the spend's series is "all others", which has the last colour, however few are named.
        const bool others = i == seriesTotal - 1;
        const std::size_t series = others ? keys.size() : static_cast<std::size_t>(i);
        if (series < spend.series.size() && (others || series < keys.size()))
            for (std::size_t b = 0; b < buckets; ++b)
                sums[b] += valueAt(series, b);
        edge(m_lines[i + 1]);
    }
    const double most = buckets == 0 ? 0 : *std::ranges::max_element(sums);
    const double step = most > 0 ? niceStep(most) : 1;
    const double top = most > 0 ? std::ceil(most * 1.02 / step) * step : 1;
    m_money->setRange(0, top);
    m_money->setTickCount(static_cast<int>(std::lround(top / step)) + 1);
    const int places = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
    m_money->setLabelFormat(QStringLiteral("$%.%1f").arg(step >= 1 ? 0 : std::max(places, 2)));
    if (buckets > 1) {
        const Micros span = static_cast<int>(buckets) * spend.bucket;
        m_time->setRange(QDateTime::fromMSecsSinceEpoch(qint64(msOf(spend.start + spend.bucket / 2))),
                         QDateTime::fromMSecsSinceEpoch(qint64(msOf(spend.start + span - spend.bucket / 2))));
    }
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

int SpendChart::bucketAt(QPointF point) const
{
    if (m_data.series.empty() || !chart()->plotArea().contains(point))
        return -1;
    const double ms = chart()->mapToValue(point, m_areas.first()).x();
    const double bucketMs = static_cast<double>(m_data.bucket.count()) / 1000.0;
    const int bucket = static_cast<int>(std::floor((ms - msOf(m_data.start)) / bucketMs));
    return bucket >= 0 && bucket < static_cast<int>(m_data.series.front().size()) ? bucket : -1;
}

int SpendChart::seriesAt(QPointF point, int bucket) const
{
    const double y = chart()->mapToValue(point, m_areas.first()).y();
    double sum = 0;
    for (std::size_t series = 0; series < m_keys.size(); ++series) {
        sum += valueAt(series, static_cast<std::size_t>(bucket));
        if (y <= sum)
            return static_cast<int>(series);
    }
    return -1;
}

QString SpendChart::hintFor(int bucket) const
{
    const auto b = static_cast<std::size_t>(bucket);
    QString rows;
    const auto row = [&](const QString &name, const QString &value, const QColor &colour) {
        rows += QStringLiteral("<tr><td style='color:%1'>■&nbsp;</td><td>%2&nbsp;&nbsp;</td>"
                               "<td align='right'>%3</td></tr>")
                    .arg(colour.name(), name.toHtmlEscaped(), value);
    };
    Money sum;
    for (std::size_t s = m_data.series.size(); s-- > 0;) {
        const Money value = m_data.series[s][b];
        sum += value;
        if (value.nanoUsd() != 0)
            row(s < m_keys.size() ? valueText(format::text(m_keys[s])) : tr("others"), format::money(value),
                Theme::current().series(s < m_keys.size() ? int(s) : seriesTotal - 1));
    }
    return QStringLiteral("<b>%1</b> — %2<table>%3</table>")
        .arg(format::localTime(m_data.start + bucket * m_data.bucket), format::money(sum), rows);
}

void SpendChart::mouseMoveEvent(QMouseEvent *event)
{
    const int bucket = bucketAt(event->position());
    if (bucket != m_hovered) {
        m_hovered = bucket;
        viewport()->update();
    }
    if (bucket >= 0)
        QToolTip::showText(event->globalPosition().toPoint(), hintFor(bucket), this);
    else
        QToolTip::hideText();
    setCursor(bucket >= 0 && seriesAt(event->position(), bucket) >= 0 ? Qt::PointingHandCursor
                                                                      : Qt::ArrowCursor);
}

void SpendChart::mousePressEvent(QMouseEvent *event)
{
    const int bucket = bucketAt(event->position());
    const int series = bucket < 0 ? -1 : seriesAt(event->position(), bucket);
    if (series >= 0 && event->button() == Qt::LeftButton)
        emit keyClicked(format::text(m_keys[static_cast<std::size_t>(series)]));
}

void SpendChart::leaveEvent(QEvent *event)
{
    m_hovered = -1;
    viewport()->update();
    QChartView::leaveEvent(event);
}

void SpendChart::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        applyTheme();
    QChartView::changeEvent(event);
}

void SpendChart::drawTimes(QPainter &painter)
{
    const QRectF plot = chart()->plotArea();
    const qint64 from = m_time->min().toMSecsSinceEpoch();
    const qint64 to = m_time->max().toMSecsSinceEpoch();
    if (m_data.series.empty() || to <= from)
        return;
    painter.setFont(m_time->labelsFont());
    painter.setPen(Theme::current().colours().border);
    painter.drawLine(plot.bottomLeft(), plot.bottomRight());
    for (const QDateTime &moment : roundMoments(from, to, std::max(1, int(plot.width()) / labelWidth))) {
        const double x =
            plot.left() + plot.width() * double(moment.toMSecsSinceEpoch() - from) / double(to - from);
        painter.setPen(Theme::current().colours().border);
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + 4));
        const double left = std::clamp(x - labelWidth / 2.0, 0.0, width() - double(labelWidth));
        painter.setPen(Theme::current().colours().muted);
        painter.drawText(QRectF(left, plot.bottom() + 3, labelWidth, labelHeight), Qt::AlignCenter,
                         momentText(moment, to - from));
    }
}

void SpendChart::drawForeground(QPainter *painter, const QRectF &rect)
{
    QChartView::drawForeground(painter, rect);
    drawTimes(*painter);
    if (m_hovered < 0)
        return;
    const QPointF at = chart()->mapToPosition(
        {msOf(m_data.start + m_hovered * m_data.bucket + m_data.bucket / 2), 0}, m_areas.first());
    const QRectF plot = chart()->plotArea();
    painter->setPen(QPen(Theme::current().colours().muted, 1, Qt::DashLine));
    painter->drawLine(QPointF(at.x(), plot.top()), QPointF(at.x(), plot.bottom()));
}

} // namespace farthing
