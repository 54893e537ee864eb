// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/StateView.h"

#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace farthing {

namespace {
constexpr int patienceMs = 300;
constexpr int textWidth = 460;

/// Lets what lies beneath shine through, and no click.
class Veil : public QWidget
{
public:
    explicit Veil(QWidget *parent)
        : QWidget(parent)
    {
        auto *const progress = new QProgressBar(this);
        progress->setRange(0, 0);
        progress->setTextVisible(false);
        progress->setAccessibleName(StateView::tr("Waiting for an answer"));
        auto *const layout = new QVBoxLayout(this);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->addWidget(progress);
        layout->addStretch(1);
        hide();
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QColor colour = Theme::current().colours().window;
        colour.setAlphaF(0.55F);
        QPainter(this).fillRect(rect(), colour);
    }
};

} // namespace

StateView::StateView(QWidget *content, QWidget *parent)
    : QStackedWidget(parent)
    , m_content(content)
    , m_message(new QWidget(this))
    , m_title(makeLabel({}, int(Theme::Role::Title), nullptr, m_message))
    , m_text(makeLabel({}, int(Theme::Role::Body), "muted", m_message))
    , m_action(new QPushButton(m_message))
    , m_progress(new QProgressBar(m_message))
    , m_veil(new Veil(this))
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
        m_progress->setVisible(m_state == State::Loading);
        m_veil->setVisible(m_outdated);
        m_veil->raise();
    });
    connect(m_action, &QPushButton::clicked, this, &StateView::actionRequested);
}

void StateView::showContent()
{
    settle(State::Content);
    setCurrentWidget(m_content);
    emit stateChanged();
}

void StateView::showOutdated()
{
    if (m_outdated || m_state == State::Loading)
        return;
    m_outdated = true;
    m_patience.start();
    emit stateChanged();
}

void StateView::showLoading(const QString &what)
{
    if (m_state == State::Loading)
        return;
    showMessage(State::Loading, what, {}, {});
    m_title->hide();
    m_patience.start();
}

void StateView::settle(State state)
{
    m_patience.stop();
    m_outdated = false;
    m_veil->hide();
    m_state = state;
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
    settle(state);
    m_title->setText(title);
    m_title->show();
    m_text->setText(text);
    m_text->setVisible(!text.isEmpty());
    m_action->setText(action);
    m_action->setAccessibleName(action);
    m_action->setVisible(!action.isEmpty());
    m_progress->hide();
    setCurrentWidget(m_message);
    emit stateChanged();
}

void StateView::resizeEvent(QResizeEvent *event)
{
    QStackedWidget::resizeEvent(event);
    m_veil->setGeometry(rect());
}

} // namespace farthing
