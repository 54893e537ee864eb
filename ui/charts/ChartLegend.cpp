// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/ChartLegend.h"

#include "ui/charts/SpendChart.h"
#include "ui/models/FilterState.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"

#include <QHBoxLayout>
#include <QPixmap>
#include <QPushButton>

namespace farthing {

namespace {

constexpr int longestName = 24;

QIcon squareOf(const QColor &colour)
{
    QPixmap pixmap(10, 10);
    pixmap.fill(colour);
    return {pixmap};
}

} // namespace

ChartLegend::ChartLegend(QWidget *parent)
    : QWidget(parent)
    , m_layout(new QHBoxLayout(this))
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setFixedHeight(22);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(Theme::tiny);
    m_layout->addStretch(1);
}

void ChartLegend::setKeys(const QStringList &keys, bool withOthers)
{
    if (keys == m_keys && withOthers == m_withOthers)
        return;
    m_keys = keys;
    m_withOthers = withOthers;
    rebuild();
}

void ChartLegend::rebuild()
{
    qDeleteAll(m_items);
    m_items.clear();
    for (int i = 0; i < m_keys.size() + (m_withOthers ? 1 : 0); ++i) {
        const bool named = i < m_keys.size();
        const QString name = named ? valueText(m_keys[i]) : SpendChart::others();
        const QString shown = format::elided(name, longestName);
        auto *const item = new QPushButton(format::buttonText(shown), this);
        item->setToolTip(shown == name ? QString() : name);
        item->setProperty("look", "legend");
        item->setFont(Theme::font(Theme::Role::SmallStrong));
        item->setIconSize({9, 9});
        item->setAccessibleName(named ? tr("Show only %1").arg(name) : name);
        item->setEnabled(named);
        if (named)
            connect(item, &QPushButton::clicked, this, [this, key = m_keys[i]] { emit keyClicked(key); });
        m_layout->addWidget(item);
        m_items.append(item);
    }
    colour();
    fit();
}

void ChartLegend::colour()
{
    for (int i = 0; i < m_items.size(); ++i)
        m_items[i]->setIcon(
            squareOf(Theme::current().series(i < m_keys.size() ? i : SpendChart::namedSeries)));
}

void ChartLegend::fit()
{
    int left = width();
    for (QWidget *item : m_items) {
        left -= item->sizeHint().width() + m_layout->spacing();
        item->setVisible(left >= 0);
    }
}

void ChartLegend::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fit();
}

void ChartLegend::changeEvent(QEvent *event)
{
    // Only colours: the application walks over its widgets meanwhile, none may go.
    if (event->type() == QEvent::PaletteChange)
        colour();
    QWidget::changeEvent(event);
}

} // namespace farthing
