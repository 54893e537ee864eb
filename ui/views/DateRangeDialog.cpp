// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/DateRangeDialog.h"

#include "ui/settings/Theme.h"
#include "ui/views/Card.h"

#include <QCalendarWidget>
#include <QDateTimeEdit>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace farthing {

namespace {

QDateTimeEdit *makeEdit(const QDateTime &value, const QString &name, QWidget *parent)
{
    auto *const edit = new QDateTimeEdit(value, parent);
    edit->setDisplayFormat("yyyy-MM-dd HH:mm");
    edit->setCalendarPopup(true);
    edit->setFont(Theme::font(Theme::Role::Body));
    edit->setAccessibleName(name);
    edit->setMinimumWidth(180);
    return edit;
}

/// Whole minutes are what can be seen and edited.
QDateTime wholeMinute(Timestamp t)
{
    return QDateTime::fromSecsSinceEpoch(std::chrono::floor<std::chrono::minutes>(t).time_since_epoch() /
                                         std::chrono::seconds(1));
}

Timestamp instant(const QDateTime &time)
{
    return fromMicros(time.toMSecsSinceEpoch() * 1000);
}

} // namespace

DateRangeDialog::DateRangeDialog(const TimeRange &range, QWidget *parent)
    : QDialog(parent)
{
    const Timestamp now = SystemClock().now();
    const Timestamp until = range.until.value_or(now);
    setWindowTitle(tr("Time range"));
    m_since =
        makeEdit(wholeMinute(range.since.value_or(until - std::chrono::hours(7 * 24))), tr("From"), this);
    m_until = makeEdit(wholeMinute(until + std::chrono::seconds(59)), tr("To"), this);
    m_use = new QPushButton(tr("Use"), this);
    m_use->setProperty("look", "primary");
    m_use->setAccessibleName(tr("Use this time range"));
    m_use->setDefault(true);
    auto *const cancel = new QPushButton(tr("Cancel"), this);
    cancel->setAccessibleName(tr("Cancel"));
    auto *const buttons = new QHBoxLayout;
    buttons->addStretch(1);
    buttons->addWidget(cancel);
    buttons->addWidget(m_use);
    auto *const form = new QFormLayout(this);
    form->setContentsMargins(Theme::large, Theme::large, Theme::large, Theme::large);
    form->setSpacing(Theme::medium);
    form->addRow(makeLabel(tr("From"), int(Theme::Role::Body), "muted", this), m_since);
    form->addRow(makeLabel(tr("To"), int(Theme::Role::Body), "muted", this), m_until);
    form->addRow(buttons);
    connect(m_use, &QPushButton::clicked, this, &QDialog::accept);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_since, &QDateTimeEdit::dateTimeChanged, this, &DateRangeDialog::check);
    connect(m_until, &QDateTimeEdit::dateTimeChanged, this, &DateRangeDialog::check);
    check();
}

TimeRange DateRangeDialog::range() const
{
    return {instant(m_since->dateTime()), instant(m_until->dateTime())};
}

void DateRangeDialog::check()
{
    m_use->setEnabled(m_since->dateTime() < m_until->dateTime());
}

} // namespace farthing
