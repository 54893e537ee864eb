// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/ChartTheme.h"

#include "ui/settings/Theme.h"

#include <QAbstractAxis>
#include <QChart>
#include <QGraphicsLayout>
#include <QLegend>

namespace farthing::chartTheme {

void apply(QChart &chart)
{
    chart.setTheme(QChart::ChartThemeLight);
    chart.setBackgroundVisible(false);
    chart.setPlotAreaBackgroundVisible(false);
    chart.setMargins({0, 0, 0, 0});
    chart.layout()->setContentsMargins(0, 0, 0, 0);
    chart.legend()->hide();
    chart.setAnimationOptions(QChart::NoAnimation);
    chart.setFont(Theme::font(Theme::Role::Small));
}

void apply(QAbstractAxis &axis, bool lines)
{
    const Theme::Colours &colours = Theme::current().colours();
    QFont font = Theme::font(Theme::Role::Small);
    font.setPixelSize(11);
    axis.setLabelsFont(font);
    axis.setLabelsColor(colours.muted);
    axis.setLinePenColor(colours.border);
    axis.setLineVisible(!lines);
    axis.setGridLineVisible(lines);
    axis.setGridLinePen(QPen(colours.grid, 1));
    axis.setShadesVisible(false);
}

} // namespace farthing::chartTheme
