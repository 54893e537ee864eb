// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/FirstCallCard.h"

#include "ui/bridge/ProxySupervisor.h"
#include "ui/bridge/StoreWatch.h"
#include "ui/models/CallText.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"
#include "ui/views/StatusStrip.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace farthing {

FirstCallCard::FirstCallCard(StoreWatch &store, JobRunner &runner, ProxySupervisor &proxy, QWidget *parent)
    : Card({}, parent)
    , m_store(store)
    , m_proxy(proxy)
    , m_jobs(runner, this)
    , m_dot(new StatusDot(this))
    , m_headline(makeLabel({}, int(Theme::Role::Title), nullptr, this))
    , m_text(makeLabel({}, int(Theme::Role::Small), "muted", this))
    , m_open(new QPushButton(tr("Show the calls"), this))
{
    auto *const line = new QHBoxLayout;
    line->setSpacing(Theme::small);
    line->addWidget(m_dot);
    line->addWidget(m_headline, 1);
    content()->addLayout(line);
    m_text->setWordWrap(true);
    content()->addWidget(m_text);
    m_open->setAccessibleName(m_open->text());
    content()->addWidget(m_open, 0, Qt::AlignLeft);
    connect(m_open, &QPushButton::clicked, this, &FirstCallCard::callsRequested);
    connect(&store, &StoreWatch::eventsChanged, this, &FirstCallCard::look);
    connect(&proxy, &ProxySupervisor::changed, this, [this] { show(m_newest); });
    show({});
    look();
}

void FirstCallCard::look()
{
    m_jobs.run<EventPage>(
        [](QueryService &store, const JobChannel::Cancel &cancel) {
            return store.events({}, EventOrder::NewestFirst, 1, {}, &cancel);
        },
        [this](Result<EventPage> page) {
            if (page)
                show(page->events.empty() ? std::nullopt : std::optional(page->events.front()));
        });
}

void FirstCallCard::show(const std::optional<CostEvent> &newest)
{
    const Theme::Colours &colours = Theme::current().colours();
    m_newest = newest;
    m_open->setVisible(newest.has_value());
    if (m_proxy.state() != ProxySupervisor::State::Serving) {
        const bool starting = m_proxy.state() == ProxySupervisor::State::Starting;
        m_headline->setText(starting ? tr("The proxy is being started…") : tr("The proxy does not serve"));
        m_text->setText(m_proxy.reason());
        m_dot->set(starting ? colours.warning : colours.bad, m_headline->text());
        return;
    }
    if (!newest) {
        m_headline->setText(tr("Waiting for the first call…"));
        m_text->setText(tr("Run your application with one of the snippets. This turns green as soon as its "
                           "first call has been recorded."));
        m_dot->set(colours.warning, m_headline->text());
        return;
    }
    m_headline->setText(tr("Connected: calls are recorded"));
    QStringList parts = {format::text(newest->workflow), format::text(newest->model()),
                         newest->cost ? format::money(*newest->cost) : tr("unpriced"),
                         format::duration(newest->latencyUs)};
    parts.removeAll({});
    m_text->setText(
        tr("Last call at %1\n%2").arg(format::localTime(newest->time), parts.join(QStringLiteral(" · "))));
    m_dot->set(colours.good, m_headline->text());
}

void FirstCallCard::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        show(m_newest);
    Card::changeEvent(event);
}

} // namespace farthing
