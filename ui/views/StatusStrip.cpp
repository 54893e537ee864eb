// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/StatusStrip.h"

#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>

namespace farthing {

namespace {
constexpr int outcomeShownMs = 8000;
constexpr QSize progressSize(120, 6);
} // namespace

StatusDot::StatusDot(QWidget *parent)
    : QWidget(parent)
{
    setFixedSize(10, 10);
}

void StatusDot::set(const QColor &colour, const QString &meaning)
{
    m_colour = colour;
    setAccessibleName(meaning);
    setToolTip(meaning);
    update();
}

void StatusDot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_colour);
    painter.drawEllipse(rect().adjusted(1, 1, -1, -1));
}

StatusStrip::StatusStrip(ProxySupervisor &proxy, QWidget *parent)
    : QFrame(parent)
    , m_proxy(proxy)
    , m_dot(new StatusDot(this))
    , m_restart(new QPushButton(tr("Start now"), this))
    , m_progress(new QProgressBar(this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
{
    setObjectName("statusStrip");
    setFixedHeight(Theme::statusHeight);
    const auto label = [this] { return makeLabel({}, int(Theme::Role::Small), nullptr, this); };
    m_address = label();
    m_rate = label();
    m_overhead = label();
    m_events = label();
    m_prices = label();
    m_activity = label();
    m_database = label();
    m_restart->setProperty("look", "link");
    m_restart->setFont(Theme::font(Theme::Role::Small));
    m_restart->setAccessibleName(tr("Start the proxy now"));
    m_cancel->setProperty("look", "link");
    m_cancel->setFont(Theme::font(Theme::Role::Small));
    m_cancel->setAccessibleName(tr("Cancel what is under way"));
    m_cancel->hide();
    m_progress->setAccessibleName(tr("How much is done of what is under way"));
    m_progress->setTextVisible(false);
    m_progress->setRange(0, 1000);
    m_progress->setFixedSize(progressSize);
    m_progress->hide();
    m_address->setMinimumWidth(10);
    m_outcomeShown.setSingleShot(true);
    m_outcomeShown.setInterval(outcomeShownMs);
    connect(&m_outcomeShown, &QTimer::timeout, this, [this] { setActivity({}, false); });

    auto *const layout = new QHBoxLayout(this);
    layout->setContentsMargins(Theme::large - 2, 0, Theme::large - 2, 0);
    layout->setSpacing(Theme::large);
    layout->addWidget(m_dot);
    layout->addWidget(m_address);
    layout->addWidget(m_restart);
    for (QLabel *each : {m_rate, m_overhead, m_events, m_prices})
        layout->addWidget(each);
    layout->addStretch(1);
    layout->addWidget(m_activity);
    layout->addWidget(m_progress);
    layout->addWidget(m_cancel);
    layout->addWidget(m_database);
    connect(m_restart, &QPushButton::clicked, &m_proxy, &ProxySupervisor::restartNow);
    connect(m_cancel, &QPushButton::clicked, this, &StatusStrip::activityCancelled);
    connect(&m_proxy, &ProxySupervisor::changed, this, &StatusStrip::refresh);
    refresh();
}

void StatusStrip::setStore(const Result<StoreSummary> &summary)
{
    m_store = summary ? std::optional(*summary) : std::nullopt;
    m_storeError = summary ? QString() : QString::fromStdString(summary.error().toString());
    refresh();
}

void StatusStrip::showActivity(const QString &text, double share)
{
    m_outcomeShown.stop();
    setActivity(text, true, share);
}

void StatusStrip::showOutcome(const QString &text)
{
    m_outcomeShown.start();
    setActivity(text, false);
}

void StatusStrip::setActivity(const QString &text, bool cancellable, double share)
{
    m_activityText = text;
    m_progress->setVisible(share >= 0);
    m_progress->setValue(int(share * m_progress->maximum()));
    m_cancel->setVisible(cancellable);
    refresh();
}

/// Several faults at once are counted; the line has room for the worst.
QString StatusStrip::servingText(const QString &address, const QStringList &troubles)
{
    if (troubles.isEmpty())
        return tr("proxy %1").arg(address);
    if (troubles.size() == 1)
        return tr("proxy %1 — %2").arg(address, troubles.first());
    return tr("proxy %1 — %2 faults: %3").arg(address, QString::number(troubles.size()), troubles.first());
}

void StatusStrip::refresh()
{
    const Theme::Colours &colours = Theme::current().colours();
    const auto &health = m_proxy.health();
    const auto put = [](QLabel *label, const QString &text) {
        label->setText(text);
        label->setVisible(!text.isEmpty());
    };
    QString address;
    QColor colour;
    switch (m_proxy.state()) {
    case ProxySupervisor::State::Serving:
        address = servingText(m_proxy.address(), m_proxy.troubles());
        colour = m_proxy.troubles().isEmpty() ? colours.good : colours.warning;
        break;
    case ProxySupervisor::State::Starting:
        address = m_proxy.reason().isEmpty() ? tr("proxy starting…") : tr("proxy: %1").arg(m_proxy.reason());
        colour = colours.warning;
        break;
    case ProxySupervisor::State::Down:
        address = tr("proxy down: %1").arg(m_proxy.reason());
        if (m_proxy.secondsToRestart() >= 0)
            address += tr(" · next try in %1 s").arg(m_proxy.secondsToRestart());
        colour = colours.bad;
        break;
    }
    m_addressText = address;
    if (m_proxy.troubles().size() > 1)
        address = tr("proxy %1").arg(m_proxy.address()) + '\n' + m_proxy.troubles().join('\n');
    m_address->setToolTip(address);
    m_dot->set(colour, address);
    m_restart->setVisible(m_proxy.state() == ProxySupervisor::State::Down);
    put(m_rate,
        health ? tr("%1 req/s").arg(QLocale::c().toString(m_proxy.requestsPerSecond(), 'f', 1)) : QString());
    put(m_overhead, health && health->overheadP50Us
                        ? tr("+%1 median overhead").arg(format::duration(*health->overheadP50Us))
                        : QString());
    QString events;
    if (m_store) {
        const auto count = static_cast<qint64>(m_store->events);
        const auto unpriced = static_cast<qint64>(m_store->unpriced);
        events = tr("%1 events", nullptr, format::plural(count)).arg(format::count(count)) +
                 tr(" · %1 unpriced").arg(format::count(unpriced));
    }
    put(m_events, events);
    put(m_prices, health ? tr("prices of %1").arg(health->prices) : QString());
    put(m_activity, m_activityText);

    QString database = m_storeError.isEmpty() ? QString() : tr("store: %1").arg(m_storeError);
    if (m_store && m_store->databaseBytes > 0) {
        database = tr("events.db %1").arg(format::bytes(m_store->databaseBytes));
        std::optional<Timestamp> written = m_store->last;
        if (health && health->lastCommit)
            written = health->lastCommit;
        if (written)
            database += tr(" · written %1").arg(format::ago((SystemClock().now() - *written).count()));
    }
    put(m_database, database);
    fit();
}

void StatusStrip::fit()
{
    m_address->setText(m_addressText);
    for (QLabel *each : {m_prices, m_overhead, m_rate, m_database, m_events})
        each->setVisible(!each->text().isEmpty());
    const auto surplus = [this] {
        layout()->invalidate();
        return layout()->sizeHint().width() - width();
    };
    for (QLabel *each : {m_prices, m_overhead, m_rate, m_database, m_events}) {
        if (surplus() <= 0)
            break;
        each->hide();
    }
    const int room = m_address->sizeHint().width() - std::max(0, surplus());
    m_address->setText(m_address->fontMetrics().elidedText(m_addressText, Qt::ElideRight, room));
    layout()->activate();
}

void StatusStrip::resizeEvent(QResizeEvent *event)
{
    QFrame::resizeEvent(event);
    fit();
}

} // namespace farthing
