// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/StateView.h"

#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace farthing {

namespace {
constexpr int patienceMs = 300;
constexpr int textWidth = 460;
} // namespace

StateView::StateView(QWidget *content, QWidget *parent)
    : QStackedWidget(parent)
    , m_content(content)
    , m_message(new QWidget(this))
    , m_title(makeLabel({}, int(Theme::Role::Title), nullptr, m_message))
    , m_text(makeLabel({}, int(Theme::Role::Body), "muted", m_message))
    , m_action(new QPushButton(m_message))
    , m_progress(new QProgressBar(m_message))
{
    m_text->setWordWrap(true);
    m_text->setAlignment(Qt::AlignHCenter);
    m_text->setFixedWidth(textWidth);
    m_title->setAlignment(Qt::AlignHCenter);
    m_progress->setRange(0, 0);
    m_progress->setTextVisible(false);
    m_progress->setFixedWidth(textWidth / 2);
    auto *const layout = new QVBoxLayout(m_message);
    layout->setSpacing(Theme::medium);
    layout->addStretch(2);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_title, m_text, m_progress, m_action})
        layout->addWidget(widget, 0, Qt::AlignHCenter);
    layout->addStretch(3);
    addWidget(m_content);
    addWidget(m_message);
    m_patience.setSingleShot(true);
    m_patience.setInterval(patienceMs);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        m_title->show();
        m_progress->show();
    });
    connect(m_action, &QPushButton::clicked, this, &StateView::actionRequested);
}

void StateView::showContent()
{
    m_patience.stop();
    m_state = State::Content;
    setCurrentWidget(m_content);
}

void StateView::showLoading(const QString &what)
{
    if (m_state == State::Loading)
        return;
    showMessage(State::Loading, what, {}, {});
    m_title->hide();
    m_patience.start();
}

void StateView::showEmpty(const QString &title, const QString &text, const QString &action)
{
    showMessage(State::Empty, title, text, action);
}

void StateView::showFailed(const QString &title, const QString &text, const QString &action)
{
    showMessage(State::Failed, title, text, action);
}

void StateView::showMessage(State state, const QString &title, const QString &text, const QString &action)
{
    m_patience.stop();
    m_state = state;
    m_title->setText(title);
    m_title->show();
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
    m_action->setText(action);
    m_action->setAccessibleName(action);
    m_action->setVisible(!action.isEmpty());
    m_progress->hide();
    setCurrentWidget(m_message);
}

} // namespace farthing
