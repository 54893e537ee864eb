// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/SegmentedControl.h"

#include "ui/settings/Theme.h"

#include <QHBoxLayout>
#include <QPushButton>
#include <QScopedValueRollback>

namespace farthing {

SegmentedControl::SegmentedControl(const QString &accessibleName, const QStringList &choices, QWidget *parent)
    : QWidget(parent)
{
    setAccessibleName(accessibleName);
    auto *const layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    for (int i = 0; i < choices.size(); ++i) {
        auto *const button = new QPushButton(choices[i], this);
        button->setCheckable(true);
        button->setFont(Theme::font(Theme::Role::Small));
        button->setAccessibleName(accessibleName + ": " + choices[i]);
        button->setProperty("segment", i == 0 ? "first" : i == choices.size() - 1 ? "last" : "middle");
        m_group.addButton(button, i);
        layout->addWidget(button);
    }
    setCurrent(0);
    // A click, and the arrow keys too, which check without a click.
    connect(&m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (on && !m_setting)
            emit chosen(id);
    });
}

void SegmentedControl::setCurrent(int index)
{
    const QScopedValueRollback setting(m_setting, true);
    if (QAbstractButton *const button = m_group.button(index))
        button->setChecked(true);
}

} // namespace farthing
