// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/Card.h"

#include "ui/settings/Theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QVBoxLayout>

namespace farthing {

QLabel *makeLabel(const QString &text, int themeFont, const char *role, QWidget *parent)
{
    auto *const label = new QLabel(text, parent);
    label->setFont(Theme::font(static_cast<Theme::Role>(themeFont)));
    label->setTextFormat(Qt::PlainText);
    if (role != nullptr)
        label->setProperty("role", role);
    return label;
}

void setLabelRole(QLabel *label, const char *role)
{
    label->setProperty("role", role);
    label->style()->unpolish(label);
    label->style()->polish(label);
}

Card::Card(const QString &title, QWidget *parent)
    : QFrame(parent)
    , m_title(makeLabel(title, int(Theme::Role::SmallStrong), "muted", this))
    , m_note(makeLabel({}, int(Theme::Role::Small), "muted", this))
    , m_line(new QHBoxLayout)
    , m_content(new QVBoxLayout)
{
    setObjectName("card");
    m_line->setSpacing(Theme::small);
    m_line->addWidget(m_title);
    m_line->addStretch(1);
    m_line->addWidget(m_note);
    m_note->hide();
    m_content->setSpacing(Theme::small);
    auto *const all = new QVBoxLayout(this);
    all->setContentsMargins(Theme::medium + 2, Theme::medium, Theme::medium + 2, Theme::medium);
    all->setSpacing(Theme::small);
    all->addLayout(m_line);
    all->addLayout(m_content, 1);
    m_title->setVisible(!title.isEmpty());
}

void Card::setTitle(const QString &title)
{
    m_title->setText(title);
    m_title->setVisible(!title.isEmpty());
}

void Card::setNote(const QString &note)
{
    m_note->setText(note);
    m_note->setVisible(!note.isEmpty());
}

} // namespace farthing
