// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/FilterBar.h"

#include "ui/settings/Theme.h"
#include "ui/views/DateRangeDialog.h"
#include "ui/views/FilterChip.h"
#include "ui/views/ValuePicker.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>

#include <algorithm>

namespace farthing {

namespace {

/// Always offered; the others appear when they are chosen.
constexpr Dimension offered[] = {Dimension::Workflow, Dimension::User, Dimension::Feature, Dimension::Model};
constexpr Dimension furtherDimensions[] = {Dimension::Provider, Dimension::Session, Dimension::Endpoint,
                                           Dimension::Status,   Dimension::Cache,   Dimension::Client};
constexpr int longestChips[] = {28, 20, 14, 9, 6}; ///< characters, as room gets less

} // namespace

FilterBar::FilterBar(FilterState &filter, JobRunner &runner, QWidget *parent)
    : QFrame(parent)
    , m_filter(filter)
    , m_runner(runner)
    , m_time(new QPushButton(this))
    , m_timeMenu(new QMenu(this))
    , m_row(new QHBoxLayout(this))
    , m_more(new QPushButton(tr("+ filter"), this))
    , m_clear(new QPushButton(tr("Clear"), this))
    , m_export(new QPushButton(tr("Export ▾"), this))
    , m_exportMenu(new QMenu(this))
{
    setObjectName("filterBar");
    setFixedHeight(Theme::barHeight);
    m_time->setFont(Theme::font(Theme::Role::Strong));
    m_time->setMenu(m_timeMenu);
    m_more->setProperty("chip", "all");
    m_more->setAccessibleName(tr("Filter by something else"));
    m_more->setMenu(new QMenu(this));
    m_clear->setProperty("look", "link");
    m_clear->setAccessibleName(tr("Clear all filters"));
    m_export->setMenu(m_exportMenu);
    m_export->setAccessibleName(tr("Export"));
    for (QPushButton *button : {m_more, m_clear, m_export})
        button->setFont(Theme::font(Theme::Role::Body));

    m_row->setContentsMargins(Theme::large, 0, Theme::large, 0);
    m_row->setSpacing(Theme::small);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_time, m_more, m_clear})
        m_row->addWidget(widget);
    m_row->addStretch(1);
    m_row->addWidget(m_export);
    for (const Dimension dimension : offered)
        chipFor(dimension);

    fillTimeMenu();
    connect(m_more->menu(), &QMenu::aboutToShow, this, &FilterBar::fillMoreMenu);
    connect(m_clear, &QPushButton::clicked, &m_filter, &FilterState::clearAll);
    connect(&m_filter, &FilterState::changed, this, &FilterBar::refresh);
    refresh();
}

void FilterBar::setExports(const QList<QAction *> &actions)
{
    m_exportMenu->clear();
    m_exportMenu->addActions(actions);
    m_export->setEnabled(!actions.isEmpty());
}

void FilterBar::openTimeMenu()
{
    m_time->showMenu();
}

void FilterBar::openExportMenu()
{
    if (m_export->isEnabled())
        m_export->showMenu();
}

void FilterBar::fillTimeMenu()
{
    auto *const group = new QActionGroup(this);
    for (const TimeChoice::Preset preset : TimeChoice::presets()) {
        const TimeChoice choice{preset, {}};
        QAction *const action = m_timeMenu->addAction(choice.label());
        action->setCheckable(true);
        action->setData(static_cast<int>(preset));
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, choice] { m_filter.setTime(choice); });
    }
    m_timeMenu->addSeparator();
    QAction *const dates = m_timeMenu->addAction(tr("Choose dates…"));
    connect(dates, &QAction::triggered, this, &FilterBar::chooseDates);
    connect(m_timeMenu, &QMenu::aboutToShow, this, [this, group] {
        for (QAction *action : group->actions())
            action->setChecked(action->data().toInt() == static_cast<int>(m_filter.time().preset));
    });
}

void FilterBar::fillMoreMenu()
{
    QMenu *const menu = m_more->menu();
    menu->clear();
    for (const Dimension dimension : furtherDimensions)
        connect(menu->addAction(titleOf(dimension)), &QAction::triggered, this,
                [this, dimension] { pick(dimension); });
}

void FilterBar::chooseDates()
{
    auto *const dialog = new DateRangeDialog(m_filter.resolve(SystemClock().now()).range, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &DateRangeDialog::accepted, this, [this, dialog] {
        m_filter.setTime({TimeChoice::Preset::Custom, dialog->range()});
    });
    dialog->open();
}

void FilterBar::refresh()
{
    const QString time = m_filter.time().label();
    m_time->setText(time + QStringLiteral(" ▾"));
    m_time->setAccessibleName(tr("Time range: %1").arg(time));
    for (const DimensionFilter &condition : m_filter.dimensions())
        chipFor(condition.dimension);
    for (FilterChip *chip : m_chips) {
        const DimensionFilter *const condition = m_filter.find(chip->dimension());
        const bool stays =
            condition != nullptr || std::ranges::find(offered, chip->dimension()) != std::end(offered);
        if (!stays && chip->isAncestorOf(focusWidget()))
            m_more->setFocus();
        chip->setCondition(condition);
        chip->setVisible(stays);
    }
    if (m_filter.dimensions().empty() && m_clear->hasFocus())
        m_more->setFocus();
    m_clear->setVisible(!m_filter.dimensions().empty());
    fit();
}

FilterChip *FilterBar::chipFor(Dimension dimension)
{
    const auto known = std::ranges::find(m_chips, dimension, &FilterChip::dimension);
    if (known != m_chips.end())
        return *known;
    auto *const chip = new FilterChip(dimension, this);
    connect(chip, &FilterChip::pickRequested, this, [this, dimension] { pick(dimension); });
    connect(chip, &FilterChip::removeRequested, this, [this, dimension] { m_filter.clear(dimension); });
    m_chips.append(chip);
    m_row->insertWidget(static_cast<int>(m_chips.size()), chip);
    orderTabs();
    return chip;
}

void FilterBar::orderTabs()
{
    QList<QWidget *> stops = {m_time};
    for (const FilterChip *chip : m_chips)
        stops += chip->tabStops();
    stops += {m_more, m_clear, m_export};
    for (qsizetype i = 1; i < stops.size(); ++i)
        setTabOrder(stops[i - 1], stops[i]);
}

void FilterBar::fit()
{
    for (const int longest : longestChips) {
        for (FilterChip *chip : m_chips)
            chip->setLongest(longest);
        if (m_row->minimumSize().width() <= width())
            return;
    }
}

void FilterBar::showEvent(QShowEvent *event)
{
    // Only what is about to be seen has its style, and so its width.
    QFrame::showEvent(event);
    fit();
}

void FilterBar::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fit();
}

void FilterBar::pick(Dimension dimension)
{
    auto *const picker = new ValuePicker(dimension, m_runner, this);
    connect(picker, &ValuePicker::picked, this,
            [this, dimension](const QString &value) { m_filter.accept(dimension, value); });
    const auto chip = std::ranges::find(m_chips, dimension, &FilterChip::dimension);
    picker->open(chip != m_chips.end() && (*chip)->isVisible() ? static_cast<QWidget *>(*chip) : m_more);
}

} // namespace farthing
