// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/NavigationBar.h"

#include "ui/settings/Theme.h"

#include <QPushButton>
#include <QVBoxLayout>

namespace farthing {

NavigationBar::NavigationBar(QWidget *parent)
    : QFrame(parent)
    , m_top(new QVBoxLayout)
    , m_bottom(new QVBoxLayout)
{
    setObjectName("navigation");
    setFixedWidth(Theme::navigationWidth);
    setAccessibleName(tr("Pages"));
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::small, Theme::small + 2, Theme::small, Theme::small + 2);
    layout->addLayout(m_top);
    layout->addStretch(1);
    layout->addLayout(m_bottom);
    m_top->setSpacing(2);
    m_bottom->setSpacing(2);
    // A click, and the arrow keys too, which check without a click.
    connect(&m_group, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (on)
            emit chosen(id);
    });
}

void NavigationBar::addItem(int id, const QString &title, const QString &shortcut, bool atBottom)
{
    auto *const button = new QPushButton(title, this);
    button->setCheckable(true);
    button->setFont(Theme::font(Theme::Role::Body));
    button->setAccessibleName(title);
    button->setToolTip(shortcut);
    button->setCursor(Qt::PointingHandCursor);
    m_group.addButton(button, id);
    (atBottom ? m_bottom : m_top)->addWidget(button);
}

void NavigationBar::setCurrent(int id)
{
    if (QAbstractButton *const button = m_group.button(id))
        button->setChecked(true);
}

} // namespace farthing
