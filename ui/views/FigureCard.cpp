// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/FigureCard.h"

#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QLabel>
#include <QVBoxLayout>

namespace farthing {

namespace {
constexpr int leastFigureSize = 14; ///< pixels; what does not fit then is cut off visibly
}

FigureCard::FigureCard(const QString &title, QWidget *parent)
    : QFrame(parent)
    , m_figure(makeLabel({}, int(Theme::Role::Figure), nullptr, this))
    , m_note(makeLabel({}, int(Theme::Role::Small), "muted", this))
{
    setObjectName("card");
    auto *const layout = new QVBoxLayout(this);
    layout->setContentsMargins(Theme::medium + 2, Theme::medium, Theme::medium + 2, Theme::medium);
    layout->setSpacing(2);
    layout->addWidget(makeLabel(title, int(Theme::Role::SmallStrong), "muted", this));
    layout->addWidget(m_figure);
    layout->addWidget(m_note);
    for (QLabel *const label : {m_figure, m_note})
        label->setMinimumWidth(10);
    m_figure->setFixedHeight(m_figure->sizeHint().height());
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void FigureCard::set(const QString &figure, const QString &note, const QString &hint)
{
    m_fullFigure = figure;
    m_fullNote = note;
    setToolTip(hint.isEmpty() ? note : hint);
    fit();
}

void FigureCard::fit()
{
    QFont font = Theme::font(Theme::Role::Figure);
    while (font.pixelSize() > leastFigureSize &&
           QFontMetrics(font).horizontalAdvance(m_fullFigure) > m_figure->width())
        font.setPixelSize(font.pixelSize() - 1);
    m_figure->setFont(font);
    m_figure->setText(QFontMetrics(font).elidedText(m_fullFigure, Qt::ElideRight, m_figure->width()));
    m_note->setText(m_note->fontMetrics().elidedText(m_fullNote, Qt::ElideRight, m_note->width()));
}

void FigureCard::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fit();
}

} // namespace farthing
