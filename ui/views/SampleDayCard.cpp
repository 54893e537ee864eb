// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/SampleDayCard.h"

#include "ui/bridge/SampleDay.h"
#include "ui/models/Format.h"
#include "ui/settings/Theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

namespace farthing {

SampleDayCard::SampleDayCard(SampleDay &sampleDay, QWidget *parent)
    : Card(tr("No application at hand?"), parent)
    , m_sampleDay(sampleDay)
    , m_text(makeLabel({}, int(Theme::Role::Small), "muted", this))
    , m_progress(new QProgressBar(this))
    , m_button(new QPushButton(this))
    , m_show(new QPushButton(tr("Show the breakdown"), this))
{
    m_text->setWordWrap(true);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the sample day"));
    content()->addWidget(m_text);
    content()->addWidget(m_progress);
    m_show->setProperty("look", "primary");
    m_show->setAccessibleName(m_show->text());
    auto *const buttons = new QHBoxLayout;
    buttons->setSpacing(Theme::small);
    buttons->addWidget(m_show);
    buttons->addWidget(m_button);
    buttons->addStretch(1);
    content()->addLayout(buttons);
    connect(m_show, &QPushButton::clicked, this, &SampleDayCard::showRequested);
    connect(m_button, &QPushButton::clicked, this, [this] {
        if (m_sampleDay.running())
            m_sampleDay.cancel();
        else
            m_sampleDay.start();
    });
    connect(&m_sampleDay, &SampleDay::changed, this, &SampleDayCard::refresh);
    refresh();
}

QString SampleDayCard::sentText() const
{
    const QString sent =
        tr("%1 calls were sent through the proxy.", nullptr, format::plural(m_sampleDay.done()))
            .arg(format::count(m_sampleDay.done()));
    if (m_sampleDay.failed() == 0)
        return sent;
    return sent + ' ' +
           tr("%1 of them failed, the first: %2")
               .arg(format::count(m_sampleDay.failed()), m_sampleDay.reason());
}

void SampleDayCard::refresh()
{
    const bool running = m_sampleDay.running();
    m_progress->setVisible(running);
    m_progress->setRange(0, static_cast<int>(m_sampleDay.total()));
    m_progress->setValue(static_cast<int>(m_sampleDay.done()));
    const bool done = m_sampleDay.phase() == SampleDay::Phase::Done;
    m_show->setVisible(done);
    m_button->setText(running ? tr("Cancel") : done ? tr("Load it again") : tr("Load a sample day"));
    m_button->setAccessibleName(m_button->text());
    switch (m_sampleDay.phase()) {
    case SampleDay::Phase::Idle:
        m_text->setText(tr("2,000 calls of ten workflows go through the real proxy to simulated providers on "
                           "this machine. It takes a few seconds, needs no key and costs nothing."));
        break;
    case SampleDay::Phase::Preparing:
        m_text->setText(tr("Starting the simulated providers…"));
        break;
    case SampleDay::Phase::Sending:
        m_text->setText(tr("%1 of %2 calls sent")
                            .arg(format::count(m_sampleDay.done()), format::count(m_sampleDay.total())));
        break;
    case SampleDay::Phase::Done:
        m_text->setText(sentText());
        break;
    case SampleDay::Phase::Failed:
        m_text->setText(tr("It failed: %1").arg(m_sampleDay.reason()));
        break;
    case SampleDay::Phase::Cancelled:
        m_text->setText(tr("Cancelled after %1 calls.", nullptr, format::plural(m_sampleDay.done()))
                            .arg(format::count(m_sampleDay.done())));
        break;
    }
}

} // namespace farthing
