// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/FilterBar.h"

#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/DateRangeDialog.h"
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
constexpr int longestChip = 28;

QString chipText(Dimension dimension, const DimensionFilter *condition)
{
    const QString title = titleOf(dimension).toLower();
    if (condition == nullptr)
        return FilterBar::tr("%1: all").arg(title);
    QStringList values;
    for (const std::string &value : condition->values)
        values.append(valueText(format::text(value)));
    QString text = values.join(QStringLiteral(", "));
    if (text.size() > longestChip)
        text = text.left(longestChip - 1) + QStringLiteral("…");
    return title + (condition->exclude ? QStringLiteral(": not ") : QStringLiteral(": ")) + text;
}

} // namespace

FilterBar::FilterBar(FilterState &filter, JobRunner &runner, QWidget *parent)
    : QFrame(parent)
    , m_filter(filter)
    , m_runner(runner)
    , m_time(new QPushButton(this))
    , m_timeMenu(new QMenu(this))
    , m_chips(new QHBoxLayout)
    , m_more(new QPushButton(tr("+ filter"), this))
    , m_clear(new QPushButton(tr("Clear"), this))
    , m_export(new QPushButton(tr("Export ▾"), this))
    , m_exportMenu(new QMenu(this))
{
    setObjectName("filterBar");
    setFixedHeight(Theme::barHeight);
    m_time->setFont(Theme::font(Theme::Role::Strong));
    m_time->setMenu(m_timeMenu);
    m_time->setAccessibleName(tr("Time range"));
    m_more->setProperty("chip", "all");
    m_more->setAccessibleName(tr("Filter by something else"));
    m_more->setMenu(new QMenu(this));
    m_clear->setProperty("look", "link");
    m_clear->setAccessibleName(tr("Clear all filters"));
    m_export->setMenu(m_exportMenu);
    m_export->setAccessibleName(tr("Export"));
    for (QPushButton *button : {m_more, m_clear, m_export})
        button->setFont(Theme::font(Theme::Role::Body));

    auto *const layout = new QHBoxLayout(this);
    layout->setContentsMargins(Theme::large, 0, Theme::large, 0);
    layout->setSpacing(Theme::small);
    m_chips->setSpacing(Theme::small);
    layout->addWidget(m_time);
    layout->addLayout(m_chips);
    layout->addWidget(m_more);
    layout->addWidget(m_clear);
    layout->addStretch(1);
    layout->addWidget(m_export);

    fillTimeMenu();
    connect(m_more->menu(), &QMenu::aboutToShow, this, &FilterBar::fillMoreMenu);
    connect(m_clear, &QPushButton::clicked, &m_filter, &FilterState::clearAll);
    connect(&m_filter, &FilterState::changed, this, &FilterBar::rebuild);
    rebuild();
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

void FilterBar::rebuild()
{
    m_time->setText(m_filter.time().label() + QStringLiteral(" ▾"));
    while (QLayoutItem *const item = m_chips->takeAt(0)) {
        if (QWidget *const widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
    for (const Dimension dimension : offered)
        addChip(dimension);
    for (const DimensionFilter &condition : m_filter.dimensions())
        if (std::ranges::find(offered, condition.dimension) == std::end(offered))
            addChip(condition.dimension);
    m_clear->setVisible(!m_filter.dimensions().empty());
}

void FilterBar::addChip(Dimension dimension)
{
    const DimensionFilter *const condition = m_filter.find(dimension);
    auto *const chip = new QWidget(this);
    chip->setObjectName("chip-" + titleOf(dimension).toLower());
    auto *const layout = new QHBoxLayout(chip);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    auto *const button = new QPushButton(chipText(dimension, condition), chip);
    button->setFont(Theme::font(Theme::Role::Body));
    button->setProperty("chip", condition == nullptr ? "all" : "set");
    button->setAccessibleName(tr("Filter: %1").arg(button->text()));
    layout->addWidget(button);
    connect(button, &QPushButton::clicked, this, [this, dimension] { pick(dimension); });
    if (condition != nullptr) {
        auto *const remove = new QPushButton(QStringLiteral("×"), chip);
        remove->setFont(Theme::font(Theme::Role::Body));
        remove->setProperty("chip", "remove");
        remove->setAccessibleName(tr("Remove the filter %1").arg(button->text()));
        remove->setToolTip(tr("Remove this filter"));
        layout->addWidget(remove);
        connect(remove, &QPushButton::clicked, this, [this, dimension] { m_filter.clear(dimension); });
    }
    m_chips->addWidget(chip);
}

void FilterBar::pick(Dimension dimension)
{
    auto *const picker = new ValuePicker(dimension, m_runner, this);
    connect(picker, &ValuePicker::picked, this,
            [this, dimension](const QString &value) { m_filter.accept(dimension, value); });
    QWidget *const chip = findChild<QWidget *>("chip-" + titleOf(dimension).toLower());
    picker->open(chip != nullptr ? chip : m_more);
}

} // namespace farthing
